/** Tells changes of status to those who watch the flights. What is to be told was stored with the change. */
export interface StatusNews {
  /** A change was stored: it need not wait until somebody looks. */
  wake(): void;
}
