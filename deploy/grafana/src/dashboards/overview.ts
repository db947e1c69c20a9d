import type { Dashboard } from '../dashboard.js';
import { stat, timeseries } from '../panel.js';

/** Whether users are well, and if not, where to look. */
export const OVERVIEW: Dashboard = {
  uid: 'flight-overview',
  title: 'Overview',
  description:
    'Whether users are well: the service objectives, the traffic, what is sold, and all processes.',
  rows: [
    {
      title: 'Objectives',
      panels: [
        stat({
          title: 'Burn, last hour',
          description:
            'How many times faster than allowed each objective uses up its budget. At 1 the budget lasts its 30 days; from 14.4 on somebody is paged.',
          unit: 'none',
          decimals: 1,
          width: 12,
          thresholds: [
            { from: 1, color: 'yellow' },
            { from: 6, color: 'orange' },
            { from: 14.4, color: 'red' },
          ],
          queries: [{ expr: 'objective:burn:1h', legend: '{{objective}}' }],
        }),
        stat({
          title: 'Budget used by the last 3 days',
          description:
            'Which part of the budget of 30 days the last three have used up; a tenth is their share.',
          unit: 'percentunit',
          width: 8,
          thresholds: [
            { from: 0.1, color: 'yellow' },
            { from: 0.5, color: 'red' },
          ],
          queries: [{ expr: 'objective:burn:3d * 3 / 30', legend: '{{objective}}' }],
        }),
        stat({
          title: 'Alerts',
          description: 'How many alerts are firing; Prometheus lists them under Alerts, with their runbooks.',
          unit: 'none',
          width: 4,
          thresholds: [{ from: 1, color: 'red' }],
          queries: [{ expr: 'count(ALERTS{alertstate="firing"}) or vector(0)', legend: 'firing' }],
        }),
      ],
    },
    {
      title: 'Traffic',
      panels: [
        timeseries({
          title: 'Requests by status',
          description:
            'Answers of all edges in a second. 499 is a client that went away; from 500 up is our fault.',
          unit: 'reqps',
          stacked: true,
          queries: [{ expr: 'sum by (status) (route:edge_requests:rate1m)', legend: '{{status}}' }],
        }),
        timeseries({
          title: 'Requests by route',
          description:
            'Answers in a second by method and template of the route; addresses that no route has are unknown.',
          unit: 'reqps',
          queries: [
            { expr: 'sum by (method, route) (route:edge_requests:rate1m)', legend: '{{method}} {{route}}' },
          ],
        }),
        timeseries({
          title: 'Failures',
          description: 'The part of all requests that was answered with a status from 500 up.',
          unit: 'percentunit',
          thresholds: [{ from: 0.001, color: 'red' }],
          queries: [
            {
              expr: '(sum(route:edge_requests:rate1m{status=~"5.."}) or vector(0)) / sum(route:edge_requests:rate1m)',
              legend: 'failed',
            },
          ],
        }),
        timeseries({
          title: 'Duration, 99 %',
          description:
            'What 99 of 100 requests of a route took at most. Reads are to stay below 250 ms, the rest below 1 s.',
          unit: 's',
          width: 12,
          thresholds: [{ from: 1, color: 'red' }],
          queries: [{ expr: 'route:edge_request_seconds:p99_1m >= 0', legend: '{{method}} {{route}}' }],
        }),
        timeseries({
          title: 'Duration, median',
          description: 'What half of the requests of a route took at most.',
          unit: 's',
          width: 12,
          queries: [{ expr: 'route:edge_request_seconds:p50_1m >= 0', legend: '{{method}} {{route}}' }],
        }),
      ],
    },
    {
      title: 'Sales',
      panels: [
        timeseries({
          title: 'Orders',
          description:
            'What became of orders, in a second: booked, replayed (the same order again), or why not.',
          unit: 'ops',
          queries: [{ expr: 'sum by (outcome) (rate(booking_orders_total[1m]))', legend: '{{outcome}}' }],
        }),
        timeseries({
          title: 'Cancellations',
          description:
            'Bookings that were given back, in a second; unknown are those that the user does not have.',
          unit: 'ops',
          queries: [
            { expr: 'sum by (outcome) (rate(booking_cancellations_total[1m]))', legend: '{{outcome}}' },
          ],
        }),
        timeseries({
          title: 'Seats',
          description:
            'Seats of all flights together, as counted by booking-service every 15 seconds at most.',
          unit: 'short',
          stacked: true,
          queries: [{ expr: 'max by (state) (booking_seats)', legend: '{{state}}' }],
        }),
      ],
    },
    {
      title: 'Processes',
      panels: [
        timeseries({
          title: 'Instances that answer',
          description: 'How many processes of each kind Prometheus reaches.',
          unit: 'none',
          decimals: 0,
          queries: [{ expr: 'sum by (job) (up)', legend: '{{job}}' }],
        }),
        timeseries({
          title: 'Versions',
          description: 'How many processes run each version. Two of them side by side are a roll under way.',
          unit: 'none',
          decimals: 0,
          stacked: true,
          queries: [{ expr: 'count by (job, version) (mesh_build_info)', legend: '{{job}} {{version}}' }],
        }),
        timeseries({
          title: 'Requests in flight',
          description: 'Requests that an edge has not answered yet. One that stays up is one that hangs.',
          unit: 'none',
          queries: [{ expr: 'edge_requests_in_flight', legend: '{{instance}}' }],
        }),
        timeseries({
          title: 'Event loop lag, 99 %',
          description:
            'How late the event loop is: all work of a process waits so long. 10 ms are what the measurement itself has.',
          unit: 's',
          thresholds: [{ from: 0.1, color: 'red' }],
          queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds', legend: '{{instance}}' }],
        }),
        timeseries({
          title: 'CPU',
          description: 'Processor time that a process uses in a second; 1 is a whole core.',
          unit: 'short',
          queries: [
            {
              expr: 'rate(process_cpu_seconds_total{job=~"edge|user-service|booking-service"}[$__rate_interval])',
              legend: '{{instance}}',
            },
          ],
        }),
        timeseries({
          title: 'Memory',
          description: 'Resident memory of a process. One that only ever grows has a leak.',
          unit: 'bytes',
          queries: [
            {
              expr: 'process_resident_memory_bytes{job=~"edge|user-service|booking-service"}',
              legend: '{{instance}}',
            },
          ],
        }),
      ],
    },
  ],
};
