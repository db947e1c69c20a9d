import type { Dashboard } from '../dashboard.js';
import { stat, timeseries } from '../panel.js';

/** The databases, the cache, and what waits to be written or told. */
export const DATA: Dashboard = {
  uid: 'flight-data',
  title: 'Data',
  description:
    'Databases with their primaries and replicas, statements and connections, Redis, the search cache, the outbox.',
  variables: [
    { name: 'scope', label: 'Cluster', query: 'label_values(patroni_primary, scope)' },
    { name: 'job', label: 'Service', query: 'label_values(postgres_statement_seconds_count, job)' },
  ],
  rows: [
    {
      title: 'Clusters',
      panels: [
        stat({
          title: 'Primaries',
          description:
            'Nodes of each cluster that take writes: one. None is a failover, two would be a split.',
          unit: 'none',
          queries: [{ expr: 'sum by (scope) (patroni_primary{scope=~"$scope"})', legend: '{{scope}}' }],
        }),
        stat({
          title: 'Synchronous standbys',
          description:
            'Standbys without which no write is acknowledged: two. With none, writes are on one disk only.',
          unit: 'none',
          queries: [{ expr: 'sum by (scope) (patroni_sync_standby{scope=~"$scope"})', legend: '{{scope}}' }],
        }),
        stat({
          title: 'Timeline',
          description: 'Rises by one with each failover and switchover.',
          unit: 'none',
          queries: [
            { expr: 'max by (scope) (patroni_postgres_timeline{scope=~"$scope"})', legend: '{{scope}}' },
          ],
        }),
        timeseries({
          title: 'Who is primary',
          description: 'The node that takes writes, as Patroni says it; changes hands at a failover.',
          unit: 'bool_on_off',
          decimals: 0,
          queries: [{ expr: 'patroni_primary{scope=~"$scope"}', legend: '{{instance}}' }],
        }),
        timeseries({
          title: 'Not replayed yet',
          description: 'How far each standby is behind what the primary has written.',
          unit: 'bytes',
          queries: [
            {
              expr: 'clamp_min(max by (scope) (patroni_xlog_location{scope=~"$scope"}) - on (scope) group_right () (patroni_xlog_replayed_location and patroni_replica == 1), 0)',
              legend: '{{instance}}',
            },
          ],
        }),
        timeseries({
          title: 'Since Patroni last saw Consul',
          description:
            'Below a few seconds while Consul answers. In failsafe mode it grows and the primary goes on.',
          unit: 's',
          thresholds: [{ from: 10, color: 'red' }],
          queries: [{ expr: 'time() - patroni_dcs_last_seen{scope=~"$scope"}', legend: '{{instance}}' }],
        }),
      ],
    },
    {
      title: 'Statements and connections',
      panels: [
        timeseries({
          title: 'Statements',
          description: 'Statements in a second by outcome, all services.',
          unit: 'ops',
          stacked: true,
          queries: [
            {
              expr: 'sum by (job, outcome) (statement:postgres_statements:rate1m{job=~"$job"})',
              legend: '{{job}} {{outcome}}',
            },
          ],
        }),
        timeseries({
          title: 'Duration of statements, 99 %',
          description: 'What 99 of 100 statements took at most, the wait for a connection included.',
          unit: 's',
          queries: [
            {
              expr: 'statement:postgres_statement_seconds:p99_1m{job=~"$job"} >= 0',
              legend: '{{statement}}',
            },
          ],
        }),
        timeseries({
          title: 'Reads by role',
          description:
            'Reads in a second by the role of the server that answered: those that may be a moment old go to replicas.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (database, role) (rate(postgres_reads_total{job=~"$job"}[$__rate_interval]))',
              legend: '{{database}} {{role}}',
            },
          ],
        }),
        timeseries({
          title: 'Connections',
          description: 'Connections of all processes to each server, busy and idle.',
          unit: 'none',
          stacked: true,
          queries: [
            {
              expr: 'sum by (server, state) (postgres_pool_connections{job=~"$job"})',
              legend: '{{server}} {{state}}',
            },
          ],
        }),
        timeseries({
          title: 'Waiting for a connection',
          description:
            'Statements that have none yet. For a minute on end: more connections, or statements that are faster.',
          unit: 'none',
          thresholds: [{ from: 1, color: 'red' }],
          queries: [
            {
              expr: 'sum by (instance, database) (postgres_pool_waiting{job=~"$job"})',
              legend: '{{instance}} {{database}}',
            },
          ],
        }),
        timeseries({
          title: 'Replication lag',
          description:
            'How old what a replica shows is, as the services see it. One that lags gets no reads.',
          unit: 's',
          thresholds: [{ from: 5, color: 'red' }],
          queries: [
            {
              expr: 'max by (database, server) (postgres_replication_lag_seconds{job=~"$job"})',
              legend: '{{database}} {{server}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Redis and the search cache',
      panels: [
        timeseries({
          title: 'Cache hits',
          description: 'The part of the searches that is answered without a question to the database.',
          unit: 'percentunit',
          queries: [{ expr: 'booking:search_cache_hits:ratio1m', legend: 'hits' }],
        }),
        timeseries({
          title: 'Searches by result',
          description: 'In a second. bypass are those that did not ask Redis, because it is away.',
          unit: 'ops',
          stacked: true,
          queries: [
            {
              expr: 'sum by (result) (rate(booking_search_cache_lookups_total[$__rate_interval]))',
              legend: '{{result}}',
            },
          ],
        }),
        timeseries({
          title: 'Connected to Redis',
          description: 'Whether each process has Redis, by what it is there for.',
          unit: 'bool_on_off',
          decimals: 0,
          queries: [
            { expr: 'min by (instance, client) (redis_connected)', legend: '{{instance}} {{client}}' },
          ],
        }),
        timeseries({
          title: 'Commands of Redis',
          description:
            'In a second by outcome. Those that fail or come late cost a request nothing but the cache.',
          unit: 'ops',
          stacked: true,
          queries: [
            {
              expr: 'sum by (job, outcome) (rate(redis_command_seconds_count[$__rate_interval]))',
              legend: '{{job}} {{outcome}}',
            },
          ],
        }),
        timeseries({
          title: 'Duration of commands, 99 %',
          description: 'What 99 of 100 commands took at most; none is waited for longer than 100 ms.',
          unit: 's',
          thresholds: [{ from: 0.1, color: 'red' }],
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (le, job) (rate(redis_command_seconds_bucket[$__rate_interval]))) >= 0',
              legend: '{{job}}',
            },
          ],
        }),
        timeseries({
          title: 'Errors of the cache',
          description: 'Commands of the search cache in a second that Redis refused or did not answer.',
          unit: 'ops',
          queries: [
            { expr: 'sum(rate(booking_search_cache_errors_total[$__rate_interval]))', legend: 'errors' },
          ],
        }),
      ],
    },
    {
      title: 'Queues',
      panels: [
        timeseries({
          title: 'Orders that wait',
          description:
            'Orders whose flight has enough statements with the database; a hot flight sells as fast as it can.',
          unit: 'none',
          queries: [{ expr: 'booking_orders_waiting', legend: '{{instance}}' }],
        }),
        timeseries({
          title: 'Outbox',
          description:
            'Changes of status that user-service has not been told (waiting) or refused for good (parked).',
          unit: 'none',
          thresholds: [{ from: 1, color: 'yellow' }],
          queries: [{ expr: 'max by (state) (booking_status_events)', legend: '{{state}}' }],
        }),
        timeseries({
          title: 'Deliveries out of the outbox',
          description: 'Attempts in a second to tell user-service of a change, by outcome.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (outcome) (rate(booking_status_deliveries_total[$__rate_interval])) or vector(0)',
              legend: '{{outcome}}',
            },
          ],
        }),
      ],
    },
  ],
};
