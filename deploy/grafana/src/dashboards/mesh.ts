import type { Dashboard } from '../dashboard.js';
import { timeseries } from '../panel.js';

/** Calls between the processes: who calls whom, how it ends, and what the mesh does about it. */
export const MESH: Dashboard = {
  uid: 'flight-mesh',
  title: 'Mesh',
  description:
    'Calls between the processes: rate, errors and duration at both ends, breakers, balancing, discovery.',
  variables: [
    { name: 'job', label: 'Service', query: 'label_values(mesh_build_info, job)' },
    { name: 'instance', label: 'Instance', query: 'label_values(mesh_build_info{job=~"$job"}, instance)' },
  ],
  rows: [
    {
      title: 'Served',
      panels: [
        timeseries({
          title: 'Calls served by method',
          description: 'Calls that were answered, in a second.',
          unit: 'reqps',
          queries: [
            { expr: 'sum by (method) (method:grpc_server_calls:rate1m{job=~"$job"})', legend: '{{method}}' },
          ],
        }),
        timeseries({
          title: 'Calls served by code',
          description:
            'How calls ended. not_found, failed_precondition and the like are answers; internal, unavailable and unknown are failures.',
          unit: 'reqps',
          stacked: true,
          queries: [
            {
              expr: 'sum by (job, code) (method:grpc_server_calls:rate1m{job=~"$job"})',
              legend: '{{job}} {{code}}',
            },
          ],
        }),
        timeseries({
          title: 'Duration of calls served, 99 %',
          description: 'What 99 of 100 calls of a method took at most, from arrival to status.',
          unit: 's',
          queries: [{ expr: 'method:grpc_server_seconds:p99_1m{job=~"$job"} >= 0', legend: '{{method}}' }],
        }),
        timeseries({
          title: 'In flight, and the limit',
          description:
            'Calls that are being answered by each server. The limit sinks while its event loop is late.',
          unit: 'none',
          width: 12,
          queries: [
            { expr: 'grpc_server_in_flight{instance=~"$instance"}', legend: '{{instance}}' },
            { expr: 'grpc_server_in_flight_limit{instance=~"$instance"}', legend: '{{instance}} limit' },
          ],
        }),
        timeseries({
          title: 'Refused before they were begun',
          description:
            'Calls in a second that a server had no room or no time for. While it rises there are too few instances.',
          unit: 'reqps',
          width: 12,
          thresholds: [{ from: 1, color: 'red' }],
          queries: [
            {
              expr: 'sum by (job) (rate(grpc_server_shed_total{job=~"$job"}[$__rate_interval])) or vector(0)',
              legend: '{{job}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Called',
      panels: [
        timeseries({
          title: 'Calls made by code',
          description:
            'Calls from the first attempt to the outcome, in a second, by caller and called service.',
          unit: 'reqps',
          queries: [
            {
              expr: 'service:grpc_client_calls:rate1m{job=~"$job"}',
              legend: '{{job}} → {{service}} {{code}}',
            },
          ],
        }),
        timeseries({
          title: 'Duration of calls made, 99 %',
          description: 'What 99 of 100 calls took at most, retries and hedges included.',
          unit: 's',
          queries: [
            {
              expr: 'service:grpc_client_seconds:p99_1m{job=~"$job"} >= 0',
              legend: '{{job}} → {{service}}',
            },
          ],
        }),
        timeseries({
          title: 'Attempts a call',
          description: '1 while nothing is repeated. The retry budget keeps it below 1.2.',
          unit: 'none',
          decimals: 2,
          thresholds: [{ from: 1.2, color: 'red' }],
          queries: [
            {
              expr: 'service:grpc_client_attempts_per_call:ratio1m{job=~"$job"}',
              legend: '{{job}} → {{service}}',
            },
          ],
        }),
        timeseries({
          title: 'Attempts by instance',
          description:
            'Attempts in a second that reach each instance. The picker spreads them; an open breaker shows as none.',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (callee) (rate(grpc_client_attempts_total{instance=~"$instance"}[$__rate_interval]))',
              legend: '{{callee}}',
            },
          ],
        }),
        timeseries({
          title: 'Failed attempts by instance',
          description: 'Attempts in a second that ended in a code for which a breaker counts.',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (callee, code) (rate(grpc_client_attempts_total{instance=~"$instance",code=~"unavailable|internal|unknown|data_loss|deadline_exceeded"}[$__rate_interval])) or vector(0)',
              legend: '{{callee}} {{code}}',
            },
          ],
        }),
        timeseries({
          title: 'Hedges',
          description:
            'Reads that were sent to a second instance because they took longer than 95 % of their kind, in a second.',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (job, service) (rate(grpc_client_hedges_total{job=~"$job"}[$__rate_interval])) or vector(0)',
              legend: '{{job}} → {{service}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Instances',
      panels: [
        timeseries({
          title: 'Breakers',
          description:
            'Breakers that have moved since their process was started: 0 closed, 1 half-open, 2 open.',
          unit: 'none',
          decimals: 0,
          meanings: { 0: 'closed', 1: 'half-open', 2: 'open' },
          thresholds: [{ from: 2, color: 'red' }],
          queries: [
            {
              expr: 'max by (instance, callee) (mesh_breaker_state{instance=~"$instance"}) or vector(0)',
              legend: '{{instance}} → {{callee}}',
            },
          ],
        }),
        timeseries({
          title: 'In flight by instance called',
          description: 'Calls from all callers to an instance. One far above the others hangs.',
          unit: 'none',
          queries: [{ expr: 'sum by (callee) (mesh_in_flight)', legend: '{{callee}}' }],
        }),
        timeseries({
          title: 'Instances known',
          description: 'How many instances of a service calls of each process can go to.',
          unit: 'none',
          decimals: 0,
          queries: [
            {
              expr: 'min by (job, service) (mesh_instances{instance=~"$instance"})',
              legend: '{{job}} knows {{service}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Discovery',
      panels: [
        timeseries({
          title: 'Age of discovery',
          description:
            'Since Consul last confirmed what a process knows. Up to 11 s is usual; it grows while Consul is away.',
          unit: 's',
          thresholds: [{ from: 20, color: 'red' }],
          queries: [
            {
              expr: 'max by (instance, service) (mesh_discovery_age_seconds{instance=~"$instance"})',
              legend: '{{instance}} of {{service}}',
            },
          ],
        }),
        timeseries({
          title: 'Changes',
          description:
            'Changes of the set of instances in a minute. Changes that do not stop are an instance that flaps.',
          unit: 'none',
          queries: [
            {
              expr: 'max by (service) (increase(mesh_discovery_changes_total{instance=~"$instance"}[1m]))',
              legend: '{{service}}',
            },
          ],
        }),
        timeseries({
          title: 'Failed questions',
          description:
            'Questions to Consul in a second that were refused, broken off or not answered in time.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (job) (rate(mesh_discovery_failures_total{instance=~"$instance"}[$__rate_interval]))',
              legend: '{{job}}',
            },
          ],
        }),
      ],
    },
  ],
};
