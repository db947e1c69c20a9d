/**
 * The form of a name or an address that decides whether two are the same: compatibility-normalised, so that é typed in
 * two ways and ｊｏｈｎ in wide letters don't make a second user, and in lower case.
 */
export function foldCase(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
