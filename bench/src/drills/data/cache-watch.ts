import type { Stack } from '@flight/local';

/** Looks at the services' metrics, again and again, whether Redis is used as it should be. */
export interface CacheWatch {
  /**
   * Until when more than a sixth of the searches passed the cache by, or a user-service did not hear the others, in
   * milliseconds on this process's clock; undefined when that was never so.
   */
  readonly troubledUntilMs: number | undefined;
  stop(): Promise<void>;
}

interface Look {
  readonly lookups: number;
  readonly bypassed: number;
  readonly allHear: boolean;
}

const LOOK_EVERY_MS = 250;
/** A shard has a third of the routes; one command that was late on a busy machine pauses a sixteenth. */
const TROUBLE_SHARE = 1 / 6;
/** Fewer searches between two looks say nothing. */
const LOOKUPS_MIN = 6;

export function watchCache({ instances }: Stack): CacheWatch {
  const urls = instances.flatMap(({ adminUrl }) => adminUrl ?? []);
  let troubledUntilMs: number | undefined;
  let before: Look | undefined;
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    const now = await readLook(urls);
    const lookups = now.lookups - (before?.lookups ?? now.lookups);
    const bypassed = now.bypassed - (before?.bypassed ?? now.bypassed);
    const passedBy = lookups >= LOOKUPS_MIN && bypassed > lookups * TROUBLE_SHARE;
    if (passedBy || !now.allHear) troubledUntilMs = performance.now();
    before = now;
  }

  const timer = setInterval(() => {
    // A look that was not answered says nothing of Redis; the next one will.
    looking = looking.then(look).catch(() => undefined);
  }, LOOK_EVERY_MS);
  return {
    get troubledUntilMs() {
      return troubledUntilMs;
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function readLook(urls: readonly string[]): Promise<Look> {
  const texts = await Promise.all(
    urls.map(async (url) => (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5000) })).text()),
  );
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => !line.startsWith('#'));
  const readValue = (line: string) => Number(line.slice(line.lastIndexOf(' ') + 1));
  const lookups = lines.filter((line) => line.startsWith('booking_search_cache_lookups_total'));
  const sum = (of: readonly string[]) => of.reduce((total, line) => total + readValue(line), 0);
  return {
    lookups: sum(lookups),
    bypassed: sum(lookups.filter((line) => line.includes('result="bypass"'))),
    allHear: lines
      .filter((line) => line.startsWith('user_service_announcements_heard'))
      .every((line) => readValue(line) === 1),
  };
}
