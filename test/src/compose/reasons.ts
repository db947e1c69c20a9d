/**
 * The exceptions that a compose file gives a reason for: `service.key` where a comment stands right above `user: root` or
 * `read_only: false`.
 */
export function listReasons(text: string): ReadonlySet<string> {
  const reasons = new Set<string>();
  const lines = text.split('\n');
  let service = '';
  for (const [index, line] of lines.entries()) {
    service = /^ {2}([\w-]+):/.exec(line)?.[1] ?? service;
    const key = /^ {4}(user|read_only): (?:root|false)\b/.exec(line)?.[1];
    if (key && /^ {4}# \S/.test(lines[index - 1] ?? '')) reasons.add(`${service}.${key}`);
  }
  return reasons;
}
