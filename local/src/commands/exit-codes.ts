/** What status, roll and doctor answer when there is no stack to ask. */
export const NOT_RUNNING = 3;
