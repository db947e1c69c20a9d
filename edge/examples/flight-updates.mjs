// Follows flights: subscribes, joins their rooms, prints what happens, and misses nothing when the connection breaks.
//
//   node edge/examples/flight-updates.mjs --edge ws://localhost:4000 --token <token> FL001 FL002
//
// With --say "Flight is now boarding" it also sends an update to the first flight's room.

import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values, positionals: flights } = parseArgs({
  allowPositionals: true,
  options: {
    edge: { type: 'string', default: 'ws://localhost:4000' },
    token: { type: 'string' },
    say: { type: 'string' },
  },
});
if (values.token === undefined || flights.length === 0) {
  console.error(
    'usage: flight-updates.mjs [--edge ws://localhost:4000] --token <token> [--say <update>] <flight>…',
  );
  process.exit(2);
}

// The number of the last update of each flight that was printed: all there is to remember.
const last = new Map();
// What is still to be said; gone once it was acknowledged.
let news = values.say;
let failures = 0;

connect();

function connect() {
  const socket = new WebSocket(new URL('/ws', values.edge), {
    headers: { authorization: `Bearer ${values.token}` },
  });
  const send = (event, data) => socket.send(JSON.stringify({ event, data }));

  socket.on('open', () => {
    failures = 0;
    for (const code of flights) {
      const flight_code = code.toUpperCase();
      send('subscribe', { flight_code });
      send('connect-room', { flight_code, ...(last.has(flight_code) && { after: last.get(flight_code) }) });
    }
    if (news !== undefined) send('broadcast_update', { flight_code: flights[0], update: news });
  });

  socket.on('message', (text) => show(JSON.parse(text)));

  // Refused: a token that is not good will not get better, anything else may.
  socket.on('unexpected-response', (_request, response) => {
    console.error(`refused: ${response.statusCode} ${response.statusMessage}`);
    if (response.statusCode === 401 || response.statusCode === 403) process.exit(1);
    response.resume();
    reconnect();
  });

  socket.on('close', (code, reason) => {
    console.error(`closed: ${code} ${reason}`);
    if (code === 4401) process.exit(1);
    reconnect();
  });

  socket.on('error', (error) => console.error(`no connection: ${error.message || error.code}`));
}

function show({ event, room, seq, data }) {
  switch (event) {
    case 'flight_update': {
      const flight = room.replace('flight_updates_', '');
      last.set(flight, seq);
      console.log(`${flight} #${seq} ${data.update}`);
      break;
    }
    case 'broadcast_update':
      news = undefined;
      break;
    case 'error':
      console.error(`${data.event ?? 'frame'}: ${data.message} (${data.reason})`);
      break;
    default:
      console.error(data.recovered === false ? `${data.message} Some updates are lost.` : data.message);
  }
}

// Later each time, and never all clients at once.
function reconnect() {
  failures += 1;
  setTimeout(connect, Math.random() * Math.min(10_000, 250 * 2 ** failures));
}
