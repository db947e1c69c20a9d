import type { ErrorReason } from '../gen/flight/type/v1/error_reason.js';

/** Why a call failed: a name of the catalogue in `flight/type/v1/error_reason.proto`, without its prefix. */
export type Reason = Exclude<keyof typeof ErrorReason, 'UNSPECIFIED' | 'UNRECOGNIZED'>;
