import { createServer } from 'node:http';
import { listConsulTargets } from '../observe/consul-targets.js';

// Tells a Prometheus that can't ask Consul itself whom to scrape: GET /targets in the format of its http_sd.
// Usage: node prometheus-targets-main.js <Consul's URL> <host> <port>
const [consulUrl = 'http://127.0.0.1:8500', host = '127.0.0.1', port = '0'] = process.argv.slice(2);

const server = createServer((_request, response) => {
  listConsulTargets(consulUrl).then(
    (groups) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(groups)),
    // Prometheus keeps the targets it knows.
    (error: unknown) => response.writeHead(503, { 'content-type': 'text/plain' }).end(`${String(error)}\n`),
  );
});
server.listen(Number(port), host);
process.on('SIGTERM', () => process.exit(0));
