export * from '../gen/flight/booking/v1/booking_change_pb.js';
export * from '../gen/flight/booking/v1/booking_change_service_pb.js';
export * from '../gen/flight/booking/v1/booking_pb.js';
export * from '../gen/flight/booking/v1/booking_service_pb.js';
export * from '../gen/flight/booking/v1/flight_pb.js';
export * from '../gen/flight/booking/v1/flight_service_pb.js';
