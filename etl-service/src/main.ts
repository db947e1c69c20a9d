import { runProcess } from '@flight/mesh';
import { readConfig } from './config.js';
import { start } from './service.js';

await runProcess(async () => start(readConfig(process.env)));
