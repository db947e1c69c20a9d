import { readdir, readFile } from 'node:fs/promises';

/** One query of one panel, as Grafana would send it with everything chosen. */
export interface PanelQuestion {
  /** `mesh.json: Breakers` */
  readonly where: string;
  readonly expr: string;
}

interface DashboardFile {
  readonly templating: { readonly list: readonly { readonly name: string; readonly allValue: string }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const FOLDER = new URL('../../../deploy/grafana/dashboards/', import.meta.url);

/** What Grafana makes of it for a scrape interval of 5 s or less. */
const RATE_INTERVAL = '1m';

/** Every query of every panel of every dashboard that Grafana is given. */
export async function listPanelQuestions(): Promise<readonly PanelQuestion[]> {
  const questions: PanelQuestion[] = [];
  for (const name of await readdir(FOLDER)) {
    const dashboard = JSON.parse(await readFile(new URL(name, FOLDER), 'utf8')) as DashboardFile;
    for (const { title, targets = [] } of dashboard.panels)
      for (const { expr } of targets)
        questions.push({ where: `${name}: ${title}`, expr: substitute(expr, dashboard) });
  }
  return questions;
}

function substitute(expr: string, { templating }: DashboardFile): string {
  let substituted = expr.replaceAll('$__rate_interval', RATE_INTERVAL);
  for (const { name, allValue } of templating.list)
    substituted = substituted.replaceAll(`$${name}`, allValue);
  return substituted;
}
