import { connect } from 'node:net';

/** How long a node may take to answer, in milliseconds. */
const TIMEOUT_MS = 2_000;

/**
 * Sends one command without arguments that need quoting (`PING`, `CLUSTER INFO`) and answers the reply's text: a status without
 * its sign, or a bulk string.
 * @throws Error with Redis' own words when it refuses, or why it can't be asked
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function askRedis(address: string, password: string | undefined, command: string): Promise<string> {
  const [host = '', port] = address.split(':');
  const commands = password === undefined ? [command] : [`AUTH ${password}`, command];
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`no answer to ${command} within 2 s`)), TIMEOUT_MS);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('it closed the connection')));
    socket.on('data', (more: string) => {
      text += more;
      const replies = parseReplies(text);
      const refusal = replies.find((reply) => reply instanceof Error);
      const last = replies[commands.length - 1];
      if (refusal) return fail(refusal);
      if (typeof last !== 'string') return;
      clearTimeout(timer);
      socket.destroy();
      resolve(last);
    });
    socket.write(commands.map((line) => `${line}\r\n`).join(''));
  });
}

/** The complete replies at the beginning of a text of RESP 2: statuses, errors and bulk strings. */
export function parseReplies(text: string): (string | Error)[] {
  const replies: (string | Error)[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end < 0) return replies;
    const line = rest.slice(1, end);
    let next = end + 2;
    if (rest.startsWith('-')) replies.push(new Error(line));
    else if (rest.startsWith('$')) {
      const bulk = rest.slice(next, next + Number(line));
      next += Number(line) + 2;
      if (rest.length < next) return replies;
      replies.push(bulk);
    } else replies.push(line);
    rest = rest.slice(next);
  }
}
