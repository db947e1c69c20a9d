/** Makes calls, so many at once and no more, and answers what came of each, in their order. */
export async function settleInTurns<T>(
  calls: readonly (() => Promise<T>)[],
  atOnce: number,
): Promise<readonly PromiseSettledResult<T>[]> {
  const outcomes: PromiseSettledResult<T>[] = [];
  for (let at = 0; at < calls.length; at += atOnce)
    outcomes.push(...(await Promise.allSettled(calls.slice(at, at + atOnce).map((call) => call()))));
  return outcomes;
}
