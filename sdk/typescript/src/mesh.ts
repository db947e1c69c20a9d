export * from '../gen/flight/mesh/v1/fault_injection_service_pb.js';
export * from '../gen/flight/mesh/v1/injected_fault_pb.js';
