/** Says where a server listens, and ends the process when its parent does. */
export function announce(address: string): void {
  process.stdout.write(`${address}\n`);
  process.stdin.on('end', () => process.exit(0)).resume();
}
