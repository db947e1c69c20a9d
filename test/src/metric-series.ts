/** A line of a process' metrics without its value. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name and labels as they stand there. */
  readonly key: string;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Every series that a process shows under /metrics. */
export async function listSeries(adminUrl: string): Promise<readonly Series[]> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return text.split('\n').flatMap((line) => {
    const [, name, labels = ''] = LINE.exec(line) ?? [];
    return name === undefined ? [] : [{ name, labels: parseLabels(labels), key: `${name}{${labels}}` }];
  });
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, value]));
}
