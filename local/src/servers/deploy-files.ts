/**
 * A text with each of these passages replaced, everywhere it stands: how one set of files in deploy/ serves the containers and one
 * machine.
 * @throws Error when a passage is not there: the file has changed and whoever replaces must follow
 */
export function replaceAll(text: string, passages: Readonly<Record<string, string>>): string {
  let replaced = text;
  for (const [passage, other] of Object.entries(passages)) {
    if (!replaced.includes(passage)) throw new Error(`"${passage}" is not in the text any more`);
    replaced = replaced.replaceAll(passage, other);
  }
  return replaced;
}
