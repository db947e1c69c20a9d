import type { Dashboard } from './dashboard.js';
import { DATA } from './dashboards/data.js';
import { MESH } from './dashboards/mesh.js';
import { OVERVIEW } from './dashboards/overview.js';
import { REALTIME } from './dashboards/realtime.js';
import { WAREHOUSE } from './dashboards/warehouse.js';

/** All dashboards by the name of their file. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  'overview.json': OVERVIEW,
  'mesh.json': MESH,
  'data.json': DATA,
  'realtime.json': REALTIME,
  'warehouse.json': WAREHOUSE,
};

/** The file of a dashboard. */
export function toFile(rendered: object): string {
  return `${JSON.stringify(rendered, null, 2)}\n`;
}
