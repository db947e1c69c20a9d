export * from '../gen/flight/etl/v1/etl_run.js';
export * from '../gen/flight/etl/v1/etl_service.js';
