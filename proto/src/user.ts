export * from '../gen/flight/user/v1/flight_update.js';
export * from '../gen/flight/user/v1/flight_update_service.js';
export * from '../gen/flight/user/v1/user.js';
export * from '../gen/flight/user/v1/user_change.js';
export * from '../gen/flight/user/v1/user_change_service.js';
export * from '../gen/flight/user/v1/user_service.js';
