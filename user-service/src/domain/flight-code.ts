import { invalidField } from './invalid-field.js';

const FLIGHT_CODE = /^[A-Za-z0-9]{2,10}$/;

/**
 * Parses a flight's code, in any case, to upper case.
 *
 * @param field where it was written, as the contract names it
 * @throws Fault INVALID_FIELD
 */
export function parseFlightCode(text: string, field = 'flight_code'): string {
  if (text === '') throw invalidField(field, 'Flight code is missing');
  if (!FLIGHT_CODE.test(text)) throw invalidField(field, 'Flight code is invalid');
  return text.toUpperCase();
}

const CODES_MAX = 1000;

/**
 * Parses the codes of 1 to 1000 flights.
 *
 * @throws Fault INVALID_FIELD
 */
export function parseFlightCodes(texts: readonly string[]): readonly string[] {
  const field = 'flight_codes';
  if (texts.length === 0) throw invalidField(field, 'Flight codes are missing');
  if (texts.length > CODES_MAX)
    throw invalidField(field, `At most ${CODES_MAX} flight codes can be asked for`);
  return texts.map((text) => parseFlightCode(text, field));
}
