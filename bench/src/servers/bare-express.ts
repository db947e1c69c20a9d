import type { AddressInfo } from 'node:net';
import express from 'express';
import { announce } from './announce.js';

// Express as its documentation shows it, answering every request with the JSON of the first argument.
const answer: unknown = JSON.parse(process.argv[2] ?? '{}');
const app = express();
app.get('/', (_request, response) => {
  response.json(answer);
});
const server = app.listen(0, '127.0.0.1', () => {
  announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
