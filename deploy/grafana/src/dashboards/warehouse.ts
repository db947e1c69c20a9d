import type { Dashboard } from '../dashboard.js';
import { stat, timeseries } from '../panel.js';

/** How fresh and how right the warehouse is, and what loading it takes. */
export const WAREHOUSE: Dashboard = {
  uid: 'flight-warehouse',
  title: 'Warehouse',
  description: 'How fresh and how right the warehouse is, and what loading it takes.',
  variables: [{ name: 'source', label: 'Source', query: 'label_values(etl_lag_seconds, source)' }],
  rows: [
    {
      title: 'What analysts have',
      panels: [
        stat({
          title: 'Age',
          description:
            'How old what analysts read is, by source. Between two loads it grows by as much as the schedule is long.',
          unit: 's',
          decimals: 1,
          width: 6,
          thresholds: [
            { from: 30, color: 'yellow' },
            { from: 60, color: 'red' },
          ],
          queries: [{ expr: 'source:etl_lag_seconds:max{source=~"$source"}', legend: '{{source}}' }],
        }),
        stat({
          title: 'Figures that differ',
          description:
            'Figures that were not the same at the source and in the warehouse when they were last counted. Any is wrong.',
          unit: 'none',
          decimals: 0,
          width: 6,
          thresholds: [{ from: 1, color: 'red' }],
          queries: [{ expr: 'max by (source) (etl_mismatches{source=~"$source"})', legend: '{{source}}' }],
        }),
        stat({
          title: 'Since the last success',
          description: 'Since a load of the source last succeeded, figures and all.',
          unit: 's',
          decimals: 0,
          width: 6,
          thresholds: [
            { from: 60, color: 'yellow' },
            { from: 300, color: 'red' },
          ],
          queries: [
            {
              expr: 'time() - max by (source) (etl_last_success_timestamp_seconds{source=~"$source"} > 0)',
              legend: '{{source}}',
            },
          ],
        }),
        stat({
          title: 'Loading now',
          description: 'Instances that carry out a run at this moment. More than one is never right.',
          unit: 'none',
          decimals: 0,
          width: 6,
          thresholds: [{ from: 2, color: 'red' }],
          queries: [{ expr: 'sum(etl_running)', legend: 'instances' }],
        }),
        timeseries({
          title: 'Age over time',
          description:
            'How old what analysts read is, by source: a saw whose teeth are as high as the schedule is long.',
          unit: 's',
          width: 12,
          thresholds: [{ from: 60, color: 'red' }],
          queries: [{ expr: 'source:etl_lag_seconds:max{source=~"$source"}', legend: '{{source}}' }],
        }),
        timeseries({
          title: 'Parts that fail',
          description:
            'Loads of a source in a minute that failed, and why: unreachable, mismatch, token_lost … Each is tried again by the next run.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: 'sum by (source, reason) (rate(etl_part_failures_total{source=~"$source"}[$__rate_interval])) * 60 > 0 or vector(0)',
              legend: '{{source}} {{reason}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'What loading takes',
      panels: [
        timeseries({
          title: 'Changes loaded',
          description: 'Changes in a second that were taken from each source.',
          unit: 'ops',
          queries: [{ expr: 'source:etl_rows:rate1m{source=~"$source"}', legend: '{{source}}' }],
        }),
        timeseries({
          title: 'Runs',
          description: 'Runs in a minute by what they do, and how they ended.',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (mode, outcome) (rate(etl_runs_total[$__rate_interval])) * 60',
              legend: '{{mode}} {{outcome}}',
            },
          ],
        }),
        timeseries({
          title: 'Time at work',
          description:
            'Seconds in a second that go into each step. Near 1 a run lasts as long as the schedule leaves room for.',
          unit: 's',
          stacked: true,
          queries: [
            {
              expr: 'sum by (source, step) (rate(etl_step_duration_seconds_sum{source=~"$source"}[$__rate_interval]))',
              legend: '{{source}} {{step}}',
            },
          ],
        }),
        timeseries({
          title: 'Duration of steps, 99 %',
          description: 'What 99 of 100 steps took at most, over five minutes.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'step:etl_step_seconds:p99_5m{source=~"$source"} >= 0',
              legend: '{{source}} {{step}}',
            },
          ],
        }),
        timeseries({
          title: 'Statements of the warehouse, 99 %',
          description: 'What 99 of 100 of etl-service’s statements took at most, by name.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'statement:postgres_statement_seconds:p99_1m{job="etl-service"} >= 0',
              legend: '{{statement}}',
            },
          ],
        }),
      ],
    },
  ],
};
