/** Where the instances of a service are, kept current in the background. */
export interface Addresses {
  /** `host:port` of each instance that may be called; empty while none is known. */
  readonly current: readonly string[];
  /** Resolves when it was found out for the first time, or that failed, or when the signal aborts; never rejects. */
  known(signal: AbortSignal): Promise<void>;
  /** Why nothing is known, for people. */
  readonly complaint: string;
  /** Whether nothing else will ever be known. */
  readonly isFinal: boolean;
  close(): void;
}

/** A list that stays as it is. @throws TypeError when one of them is not `host:port` */
export function fixedAddresses(service: string, addresses: readonly string[]): Addresses {
  for (const address of addresses)
    if (!/^(\[[\da-f:.]+\]|[^:/\s]+):\d{1,5}$/i.test(address))
      throw new TypeError(`${JSON.stringify(address)} of ${service} is not of the form host:port`);
  return {
    current: [...addresses],
    known: async () => undefined,
    complaint: 'no addresses of it were given',
    isFinal: true,
    close: () => undefined,
  };
}
