import { expect } from 'chai';
import { toStatusCells } from '../../src/commands/status-rows.js';
import { toMeshView } from '../../src/observe/mesh-view.js';
import { parsePrometheusText } from '../../src/observe/prometheus-text.js';

const EDGE_1 = `
mesh_build_info{version="2.0.0"} 1
mesh_instances{service="user-service"} 3
mesh_discovery_age_seconds{service="user-service"} 12.5
mesh_discovery_age_seconds{service="user-db"} +Inf
mesh_breaker_state{service="user-service",instance="user_service_1"} 2
mesh_breaker_state{service="user-service",instance="user_service_2"} 0
mesh_in_flight{service="user-service",instance="user_service_2"} 4
grpc_client_attempts_total{service="user-service",instance="user_service_1",code="UNAVAILABLE"} 5
grpc_client_attempts_total{service="user-service",instance="user_service_1",code="OK"} 90
edge_requests_in_flight 3
`;
const EDGE_2 = `
mesh_instances{service="user-service"} 3
mesh_breaker_state{service="user-service",instance="user_service_1"} 1
mesh_in_flight{service="user-service",instance="user_service_2"} 1
`;

const view = toMeshView([
  { id: 'edge_1', samples: parsePrometheusText(EDGE_1) },
  { id: 'edge_2', samples: parsePrometheusText(EDGE_2) },
]);

function cellsOf(id: string) {
  const row = { id, pid: 7, upMs: 65_000, version: '1.0.0', address: 'a:1', ailment: undefined };
  return toStatusCells({ ...row, service: 'user-service' }, view);
}

describe('the view of the mesh', () => {
  it('tells who passes an instance over, and how its calls ended', () => {
    expect(view.moved.map(({ caller, instance, state }) => [caller, instance, state])).to.deep.equal([
      ['edge_1', 'user_service_1', 'open'],
      ['edge_2', 'user_service_1', 'half-open'],
    ]);
    expect(view.moved[0]?.outcomes).to.deep.equal({ UNAVAILABLE: 5, OK: 90 });
  });

  it('adds the calls in flight of all callers, and leaves its own request for metrics out', () => {
    expect(view.inFlight.get('user_service_2')).to.equal(5);
    expect(view.inFlight.get('edge_1')).to.equal(2);
    expect(view.inFlight.get('user_service_1')).to.equal(undefined);
  });

  it('tells what each caller knows of each callee', () => {
    expect(view.acquaintances).to.deep.equal([
      { caller: 'edge_1', service: 'user-service', instances: 3, ageSeconds: 12.5 },
      { caller: 'edge_1', service: 'user-db', instances: undefined, ageSeconds: Infinity },
      { caller: 'edge_2', service: 'user-service', instances: 3, ageSeconds: undefined },
    ]);
    expect(view.versions).to.deep.equal(new Map([['edge_1', '2.0.0']]));
  });

  it('becomes a line that names the callers whose breakers are not closed', () => {
    expect(cellsOf('user_service_1')).to.deep.equal([
      'user_service_1',
      '7',
      '1 min',
      '1.0.0',
      'a:1',
      'healthy',
      'open (edge_1), half-open (edge_2)',
      '-',
    ]);
    expect(cellsOf('user_service_2').slice(-2)).to.deep.equal(['closed', '5']);
  });
});
