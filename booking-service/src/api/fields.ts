import { Fault } from '@flight/mesh';
import type { Reason } from '@flight/proto/reason';
import { flightNotFound } from '../domain/flight-faults.js';

const CITY_LENGTH = 100;
const PAYMENT_METHOD_LENGTH = 50;
const PAGE_SIZE_MAX = 1000;
const PAGE_SIZE_DEFAULT = 100;
const BATCH_SIZE_MAX = 10_000;
const BATCH_SIZE_DEFAULT = 1000;
const FLIGHT_CODE = /^[A-Za-z0-9]{2,10}$/;
const REQUEST_ID = /^[\x21-\x7e]{1,255}$/;
/** Control characters (PostgreSQL refuses NUL, and nobody means the others) and halves of surrogate pairs. */
const NOT_TEXT = /[\p{Cc}\p{Cs}]/u;

/** A text that a person wrote: something other than blanks, of bounded length in characters. */
export function parseText(field: string, value: string, maxLength: number): string {
  if (value.trim() === '') throw invalidField(field, `${field} is missing`);
  if (value.length > 2 * maxLength || [...value].length > maxLength)
    throw invalidField(field, `${field} must be at most ${maxLength} characters`);
  if (NOT_TEXT.test(value)) throw invalidField(field, `${field} must not have control characters`);
  return value;
}

export function parseCity(field: 'from_city' | 'to_city', value: string): string {
  return parseText(field, value.trim(), CITY_LENGTH);
}

export function parsePaymentMethod(value: string): string {
  return parseText('payment_method', value, PAYMENT_METHOD_LENGTH);
}

/** A flight code in upper case. One that is not of a code's form names no flight: to the caller it is not found. */
export function parseFlightCode(value: string): string {
  if (value === '') throw invalidField('flight_code', 'flight_code is missing');
  if (!FLIGHT_CODE.test(value)) throw flightNotFound(value.slice(0, 10));
  return value.toUpperCase();
}

/** Made up when empty: then no repeat is recognised. */
export function parseRequestId(value: string): string {
  if (value === '') return crypto.randomUUID();
  if (REQUEST_ID.test(value)) return value;
  throw invalidField('request_id', 'request_id must be 1 to 255 visible ASCII characters');
}

export function parseId(field: 'user_id' | 'booking_id', value: number): number {
  if (value >= 1) return value;
  throw invalidField(field, value === 0 ? `${field} is missing` : `${field} must be 1 or more`);
}

export function parsePageSize(value: number): number {
  if (value === 0) return PAGE_SIZE_DEFAULT;
  if (value >= 1 && value <= PAGE_SIZE_MAX) return value;
  throw invalidField('page_size', `page_size must be 1 to ${PAGE_SIZE_MAX}`);
}

export function parseBatchSize(value: number): number {
  if (value === 0) return BATCH_SIZE_DEFAULT;
  if (value >= 1 && value <= BATCH_SIZE_MAX) return value;
  throw invalidField('batch_size', `batch_size must be 1 to ${BATCH_SIZE_MAX}`);
}

export function invalidField(field: string, message: string): Fault<Reason> {
  return new Fault<Reason>('invalid_argument', 'INVALID_FIELD', message, { field });
}
