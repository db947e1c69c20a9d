import type { Dashboard } from '../dashboard.js';
import { timeseries } from '../panel.js';

/** WebSockets, their events, and flight updates from the one who says it to those who hear it. */
export const REALTIME: Dashboard = {
  uid: 'flight-realtime',
  title: 'Realtime',
  description: 'WebSockets and their events; flight updates from their publication to the last listener.',
  variables: [{ name: 'instance', label: 'Edge', query: 'label_values(edge_sockets, instance)' }],
  rows: [
    {
      title: 'Sockets',
      panels: [
        timeseries({
          title: 'Open sockets',
          description: 'WebSocket connections of each edge.',
          unit: 'none',
          stacked: true,
          queries: [{ expr: 'edge_sockets{instance=~"$instance"}', legend: '{{instance}}' }],
        }),
        timeseries({
          title: 'Rooms',
          description: 'Flights that somebody listens to at each edge.',
          unit: 'none',
          queries: [{ expr: 'edge_rooms{instance=~"$instance"}', legend: '{{instance}}' }],
        }),
        timeseries({
          title: 'Sockets given up',
          description: 'Sockets in a second that an edge closed: expired, slow, silent, flooding, restart.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (cause) (rate(edge_sockets_given_up_total{instance=~"$instance"}[$__rate_interval])) or vector(0)',
              legend: '{{cause}}',
            },
          ],
        }),
        timeseries({
          title: 'Events',
          description:
            'Events in a second and how they ended; failed is our fault, abandoned are those of sockets that are gone.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (event, outcome) (event:edge_socket_events:rate1m)',
              legend: '{{event}} {{outcome}}',
            },
          ],
        }),
        timeseries({
          title: 'Duration of events, 99 %',
          description: 'What 99 of 100 events took at most, from being taken up to their answer.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (le, event) (rate(edge_socket_event_seconds_bucket{instance=~"$instance"}[$__rate_interval]))) >= 0',
              legend: '{{event}}',
            },
          ],
        }),
        timeseries({
          title: 'Upgrades refused',
          description: 'Upgrades in a second that were refused, by status.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (status) (rate(edge_upgrades_refused_total{instance=~"$instance"}[$__rate_interval])) or vector(0)',
              legend: '{{status}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Flight updates',
      panels: [
        timeseries({
          title: 'Published',
          description:
            'Updates that user-service has stored, in a second; replayed are repeats of the same one.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (replayed) (rate(user_service_flight_updates_published_total[$__rate_interval]))',
              legend: 'replayed: {{replayed}}',
            },
          ],
        }),
        timeseries({
          title: 'Deliveries',
          description: 'Updates written to listeners, in a second: the fan-out.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (instance) (rate(edge_flight_update_deliveries_total{instance=~"$instance"}[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
        }),
        timeseries({
          title: 'From stored to heard',
          description:
            'From the storing of an update to its last listener at an edge. 99 of 100 are to take 250 ms at most.',
          unit: 's',
          thresholds: [{ from: 0.25, color: 'red' }],
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(edge_flight_update_delay_seconds_bucket{instance=~"$instance"}[$__rate_interval]))) >= 0',
              legend: '99 %',
            },
            {
              expr: 'histogram_quantile(0.5, sum by (le) (rate(edge_flight_update_delay_seconds_bucket{instance=~"$instance"}[$__rate_interval]))) >= 0',
              legend: 'median',
            },
          ],
        }),
        timeseries({
          title: 'Repaired and lost',
          description:
            'Updates in a second that came from the store because no announcement brought them, and those that were no longer kept. Lost is never right.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum(rate(edge_flight_updates_repaired_total{instance=~"$instance"}[$__rate_interval]))',
              legend: 'repaired',
            },
            {
              expr: 'sum(rate(edge_flight_updates_lost_total{instance=~"$instance"}[$__rate_interval]))',
              legend: 'lost',
            },
          ],
        }),
        timeseries({
          title: 'Announcements heard',
          description:
            'Whether each user-service hears the announcements of the others. Without them updates come seconds late.',
          unit: 'bool_on_off',
          decimals: 0,
          queries: [{ expr: 'user_service_announcements_heard', legend: '{{instance}}' }],
        }),
        timeseries({
          title: 'What goes wrong on the way',
          description:
            'In a second: announcements that Redis did not take, streams to edges that broke, questions that the store did not answer.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum(rate(user_service_announcements_failed_total[$__rate_interval]))',
              legend: 'announcements failed',
            },
            {
              expr: 'sum(rate(edge_flight_update_watch_breaks_total{instance=~"$instance"}[$__rate_interval]))',
              legend: 'streams broken',
            },
            {
              expr: 'sum(rate(edge_flight_update_store_failures_total{instance=~"$instance"}[$__rate_interval]))',
              legend: 'store failed',
            },
          ],
        }),
        timeseries({
          title: 'Streams of updates',
          description:
            'Edges that each user-service tells of all updates, and clients that follow one flight each.',
          unit: 'none',
          decimals: 0,
          queries: [
            { expr: 'user_service_watchers', legend: '{{instance}} to edges' },
            { expr: 'user_service_followers', legend: '{{instance}} to followers' },
          ],
        }),
        timeseries({
          title: 'Trimmed',
          description: 'Old updates dropped by age or number, in a second.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum(rate(user_service_flight_updates_trimmed_total[$__rate_interval]))',
              legend: 'trimmed',
            },
          ],
        }),
        timeseries({
          title: 'Passwords that wait',
          description:
            'Passwords that wait to be hashed. They share the processor with everything else in user-service.',
          unit: 'none',
          queries: [{ expr: 'user_service_passwords_waiting', legend: '{{instance}}' }],
        }),
      ],
    },
  ],
};
