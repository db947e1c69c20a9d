import { z } from 'zod';

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A TCP port, where 0 is any free one. */
export const envPort = z.coerce.number().int().min(0).max(65_535);

/** A duration such as 250ms, 5s, 15m, 1h or 30d, read as milliseconds. */
export const envDurationMs = z
  .string()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'expected a duration such as 250ms, 5s, 15m, 1h or 30d')
  .transform((text) => {
    const unit = text.replace(/^\d+/, '') as keyof typeof UNITS_MS;
    return Number.parseInt(text, 10) * UNITS_MS[unit];
  });

/** A list with commas between its parts; blanks around a part don't count. */
export const envList = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** on or off, read as a boolean. */
export const envSwitch = z.enum(['on', 'off']).transform((text) => text === 'on');
