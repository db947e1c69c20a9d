export * from '../gen/flight/booking/v1/booking.js';
export * from '../gen/flight/booking/v1/booking_change.js';
export * from '../gen/flight/booking/v1/booking_change_service.js';
export * from '../gen/flight/booking/v1/booking_service.js';
export * from '../gen/flight/booking/v1/flight.js';
export * from '../gen/flight/booking/v1/flight_service.js';
