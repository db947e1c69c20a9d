/** Works things off one after another, in the order in which they came. */
export interface FrameQueue {
  /** How many wait or are being worked on. */
  readonly waiting: number;
  /** @param work never rejects */
  push(work: () => Promise<void>): void;
  /** Forgets what waits. */
  clear(): void;
}

export function createFrameQueue(): FrameQueue {
  const works: (() => Promise<void>)[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    for (let work = works.shift(); work !== undefined; work = works.shift()) await work();
    running = false;
  }

  return {
    get waiting() {
      return works.length + (running ? 1 : 0);
    },
    push(work) {
      works.push(work);
      if (!running) void run();
    },
    clear() {
      works.length = 0;
    },
  };
}
