import { prepareGrafana } from '../servers/grafana-server.js';
import { preparePrometheus } from '../servers/prometheus-server.js';
import {
  type InfrastructurePart,
  type PlanOptions,
  type StackPage,
  toServerPlace,
} from './infrastructure-plan.js';

const GRAFANA_TITLE = 'Grafana';

/** Prometheus, and Grafana when there is one on the PATH. */
export async function prepareMonitoring(
  options: PlanOptions,
  consulUrl: string,
): Promise<{ readonly part: InfrastructurePart; readonly pages: readonly StackPage[] }> {
  const { choosePort } = options;
  const prometheus = await preparePrometheus({
    ...toServerPlace(options, 'prometheus'),
    choosePort,
    consulUrl,
    port: await choosePort(9090),
    ...(options.scrapeEverySeconds !== undefined && { everySeconds: options.scrapeEverySeconds }),
  });
  const grafana = await prepareGrafana({
    ...toServerPlace(options, 'grafana'),
    prometheusUrl: prometheus.url,
    port: await choosePort(3000),
  });
  return {
    part: { servers: [...prometheus.servers, ...(grafana ? [grafana] : [])] },
    pages: [
      { title: 'Prometheus', url: prometheus.url },
      grafana
        ? { title: GRAFANA_TITLE, url: grafana.url }
        : { title: GRAFANA_TITLE, url: 'left out: there is no grafana on the PATH' },
    ],
  };
}
