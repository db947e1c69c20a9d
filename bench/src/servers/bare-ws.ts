import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { announce } from './announce.js';

// The broadcast loop of ws' documentation, speaking as much of the edge's protocol as the benchmark needs: no tokens,
// no checks, nothing stored, one room.
const http = createServer();
const server = new WebSocketServer({ server: http });
const members = new Set<WebSocket>();
let seq = 0;

server.on('connection', (socket) => {
  socket.on('close', () => members.delete(socket));
  socket.on('message', (raw) => {
    const { event, data } = JSON.parse(raw.toString()) as { event: string; data: { update: string } };
    if (event === 'connect-room') {
      members.add(socket);
      const message = 'Connected to room flight_updates_FL001 for flight updates.';
      socket.send(JSON.stringify({ event, data: { message } }));
      return;
    }
    seq += 1;
    const frame = {
      event: 'flight_update',
      room: 'flight_updates_FL001',
      seq,
      data: { update: data.update },
    };
    const bytes = Buffer.from(JSON.stringify(frame));
    for (const member of members) {
      if (member.readyState === WebSocket.OPEN) member.send(bytes, { binary: false });
    }
    socket.send(JSON.stringify({ event, data: { update: data.update } }));
  });
});
http.listen(0, '127.0.0.1', () => announce(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
