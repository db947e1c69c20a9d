import type { Panel } from './panel.js';
import { DATASOURCE, renderPanel } from './render-panel.js';

/** Panels under a heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A choice at the head of the page, by which queries are narrowed down: `{instance=~"$instance"}`. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  /** Grafana's question for its values: `label_values(up, job)`. */
  readonly query: string;
}

export interface Dashboard {
  /** In its address; never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables?: readonly Variable[];
  readonly rows: readonly Row[];
}

/** The page's columns. */
const COLUMNS = 24;
const PANEL_WIDTH = 8;
const HEIGHTS: Readonly<Record<Panel['kind'], number>> = { timeseries: 8, stat: 4 };
/** Each dashboard leads to the others by it. */
const TAG = 'flight-booking';

/** A dashboard in Grafana's own format. */
export function renderDashboard(dashboard: Dashboard): object {
  const { uid, title, description, variables = [] } = dashboard;
  return {
    uid,
    title,
    description,
    tags: [TAG],
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-30m', to: 'now' },
    timezone: 'browser',
    links: [{ type: 'dashboards', title: 'Dashboards', tags: [TAG], asDropdown: true, keepTime: true }],
    templating: { list: variables.map(renderVariable) },
    annotations: { list: [renderAlertMarks()] },
    panels: layOut(dashboard.rows),
  };
}

/** Panels from left to right, a new line where one has no place any more; a line is as high as its highest panel. */
function layOut(rows: readonly Row[]): object[] {
  const rendered: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
    rendered.push({ id: rendered.length + 1, type: 'row', title, collapsed: false, gridPos, panels: [] });
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of panels) {
      const [w, h] = [panel.width ?? PANEL_WIDTH, HEIGHTS[panel.kind]];
      if (x + w > COLUMNS) [x, y, height] = [0, y + height, 0];
      rendered.push(renderPanel(panel, rendered.length + 1, { x, y, w, h }));
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return rendered;
}

function renderVariable({ name, label, query }: Variable): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    sort: 5,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

/** A line in every panel from when on something paged. */
function renderAlertMarks(): object {
  return {
    name: 'Pages',
    datasource: DATASOURCE,
    enable: true,
    iconColor: 'red',
    expr: 'ALERTS{alertstate="firing",severity="page"}',
    titleFormat: '{{alertname}}',
    step: '15s',
  };
}
