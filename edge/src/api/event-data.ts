import { z } from 'zod';
import { Refusal } from '../domain/refusal.js';
import { MISSING } from './fields.js';
import type { SocketEventSpec } from './socket-event.js';

const CODE_MISSING = 'Flight code is missing';
const CODE_INVALID = 'Flight code is invalid';

/** A flight's code: in any case, and upper case from here on. */
export const flightCode = z
  .string({ error: ({ input }) => (input === undefined || input === null ? MISSING : CODE_INVALID) })
  .check(({ value, issues }) => {
    if (value === '') issues.push({ code: 'custom', input: value, message: MISSING });
    else if (!/^[A-Za-z0-9]{2,10}$/.test(value))
      issues.push({ code: 'custom', input: value, message: CODE_INVALID });
  })
  .transform((code) => code.toUpperCase())
  .meta({
    description: "The flight's code, in any case. The flight need not be known yet.",
    examples: ['FL001'],
    pattern: '^[A-Za-z0-9]{2,10}$',
  });

/** The data of the events that need nothing but a flight. */
export const FlightOnly = z.object({ flight_code: flightCode });

export const FLIGHT_CODE_MISSING = CODE_MISSING;

/**
 * Reads the data of an event. None at all reads as an empty object, so that the client is told which fields it lacks.
 *
 * @throws Refusal FIELD_MISSING or FIELD_MALFORMED, in the words of the public contract, never with the value
 */
export function parseEventData(spec: SocketEventSpec, data: unknown): unknown {
  const read = spec.data.safeParse(data ?? {});
  if (read.success) return read.data;
  const { issues } = read.error;
  if (issues.some(({ message }) => message === MISSING)) throw new Refusal('FIELD_MISSING', spec.missing);
  throw new Refusal('FIELD_MALFORMED', issues[0] && describe(issues[0]));
}

function describe({ path: [field], message }: z.core.$ZodIssue): string {
  if (field === undefined) return 'data must be a JSON object';
  return message === CODE_INVALID ? message : `${String(field)} ${message}`;
}
