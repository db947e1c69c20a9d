export * from '../gen/flight/mesh/v1/fault_injection_service.js';
export * from '../gen/flight/mesh/v1/injected_fault.js';
