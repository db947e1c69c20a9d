import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { announce } from './announce.js';

// Socket.IO as its documentation shows rooms: no tokens, no checks, nothing stored, WebSocket only.
const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  socket.on('connect-room', () => {
    void socket.join('flight_updates_FL001');
    const message = 'Connected to room flight_updates_FL001 for flight updates.';
    socket.emit('connect-room', { message });
  });
  socket.on('broadcast_update', ({ update }: { update: string }) => {
    io.to('flight_updates_FL001').emit('flight_update', { update });
    socket.emit('broadcast_update', { update });
  });
});
http.listen(0, '127.0.0.1', () => announce(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
