/** One series of an answer, with its value now. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A rule as Prometheus has loaded it. */
export interface Rule {
  readonly type: 'recording' | 'alerting';
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

const TIMEOUT_MS = 10_000;

/** Asks Prometheus for the value of an expression now. @throws Error with its own words when it refuses */
export async function queryPrometheus(prometheusUrl: string, expr: string): Promise<readonly Sample[]> {
  const data = await ask(prometheusUrl, `query?${new URLSearchParams({ query: expr })}`);
  const { resultType, result } = data as { resultType: string; result: unknown };
  if (resultType === 'scalar') return [{ metric: {}, value: Number((result as [number, string])[1]) }];
  const series = result as { metric: Record<string, string>; value: [number, string] }[];
  return series.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}

/** Every rule that Prometheus has loaded. */
export async function listRules(prometheusUrl: string): Promise<readonly Rule[]> {
  const { groups } = (await ask(prometheusUrl, 'rules')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

async function ask(prometheusUrl: string, what: string): Promise<unknown> {
  const response = await fetch(`${prometheusUrl}/api/v1/${what}`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = (await response.json()) as { status: string; data: unknown; error?: string };
  if (body.status !== 'success') throw new Error(body.error ?? `Prometheus answers ${response.status}`);
  return body.data;
}
