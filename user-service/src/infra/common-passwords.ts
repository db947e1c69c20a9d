/** Loads the passwords that attackers try first, in lower case: some 50,000, so only where they are asked for. */
export async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}
