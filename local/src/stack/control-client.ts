import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { PlainError } from '../plain-error.js';
import { type ControlAnswer, type ControlRequest, toControlSocket } from './control-wire.js';

/**
 * Asks the launcher of this data folder for something and hears what becomes of it.
 * @param signal gives up; a roll then ends before its next instance
 * @throws PlainError when the launcher can't be reached, refuses, fails or goes away
 */
export async function askLauncher(
  dataDir: string,
  request: ControlRequest,
  print: (line: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const socket = connect(toControlSocket(dataDir));
  const giveUp = () => socket.destroy(new PlainError('given up'));
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await once(socket, 'connect').catch((cause: Error) => {
      throw new PlainError(`the launcher can't be reached: ${cause.message}`, { cause });
    });
    const lines = createInterface({ input: socket });
    // The interface hears of an end alone; a connection that breaks just closes. What broke it is said below.
    for (const heard of ['close', 'error']) socket.on(heard, () => lines.close());
    lines.on('error', () => lines.close());
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of lines) {
      const answer = JSON.parse(line) as ControlAnswer;
      if (answer.kind === 'done') return;
      if (answer.kind === 'failed') throw new PlainError(answer.why);
      print(answer.text);
    }
    throw new PlainError(signal?.aborted ? 'the launcher does not answer' : 'the launcher went away');
  } finally {
    signal?.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}
