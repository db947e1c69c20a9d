/** Bounds how often one network may ask for anything. */
export interface RequestLimit {
  /** @throws Refusal TOO_MANY_REQUESTS */
  admit(network: string): Promise<void>;
}
