export * from '../gen/flight/user/v1/flight_update_pb.js';
export * from '../gen/flight/user/v1/flight_update_service_pb.js';
export * from '../gen/flight/user/v1/user_change_pb.js';
export * from '../gen/flight/user/v1/user_change_service_pb.js';
export * from '../gen/flight/user/v1/user_pb.js';
export * from '../gen/flight/user/v1/user_service_pb.js';
