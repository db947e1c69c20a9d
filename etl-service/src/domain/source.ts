/** The services whose changes the warehouse is made of. */
export const SOURCES = ['booking-service', 'user-service'] as const;

export type Source = (typeof SOURCES)[number];
