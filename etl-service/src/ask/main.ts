import { ConfigError, Fault } from '@flight/mesh';
import { askForRun } from './ask-for-run.js';
import { readAskConfig } from './config.js';

// Asks a running etl-service for a run and watches it: `make etl`, and in a container
// `docker compose exec -e MODE=audit etl-service node etl-service/dist/src/ask/main.js`. Ctrl-C ends the watching, not the run.
const leaving = new AbortController();
process.once('SIGINT', () => leaving.abort(new Error('given up')));
try {
  const print = (line: string) => console.log(line);
  const succeeded = await askForRun(readAskConfig(process.env), print, leaving.signal);
  process.exitCode = succeeded ? 0 : 1;
} catch (error) {
  const told = error instanceof ConfigError || error instanceof Fault || leaving.signal.aborted;
  console.error(told && error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
