export * from '../gen/flight/etl/v1/etl_run_pb.js';
export * from '../gen/flight/etl/v1/etl_service_pb.js';
