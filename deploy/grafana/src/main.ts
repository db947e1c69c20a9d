import { writeFile } from 'node:fs/promises';
import { renderDashboard } from './dashboard.js';
import { DASHBOARDS, toFile } from './dashboards.js';

// Writes deploy/grafana/dashboards: what Grafana reads. `make dashboards`.
for (const [name, dashboard] of Object.entries(DASHBOARDS))
  await writeFile(new URL(`../../dashboards/${name}`, import.meta.url), toFile(renderDashboard(dashboard)));
