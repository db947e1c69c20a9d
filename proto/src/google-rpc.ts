export { BadRequest, ErrorInfo, RetryInfo } from '../gen/google/rpc/error_details.js';
export { Status } from '../gen/google/rpc/status.js';
