/**
 * Deadlines for an edge in tests that are about something else. Its own hold with CPU to spare; a stack that has just started,
 * beside other tests, may take longer for what it does for the first time. What must come before them is refused sooner.
 */
export const FAR_DEADLINES = {
  DEADLINE_READ: '15s',
  DEADLINE_WRITE: '15s',
  DEADLINE_SIGN_IN: '15s',
} as const;
