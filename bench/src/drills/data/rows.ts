import type { DataDrill } from './context.js';
import { bookersDrill } from './rows/bookers.js';
import { etlDrill } from './rows/etl.js';
import { ETL_SERVICE_DRILLS } from './rows/etl-service.js';
import { REDIS_DRILLS } from './rows/redis.js';
import { retryDrill } from './rows/retry.js';
import { USER_DB_DRILLS } from './rows/user-db.js';

/** All drills of the data, in the order of their table. */
export const DRILLS: readonly DataDrill[] = [
  bookersDrill,
  retryDrill,
  ...USER_DB_DRILLS,
  ...REDIS_DRILLS,
  etlDrill,
  ...ETL_SERVICE_DRILLS,
];
