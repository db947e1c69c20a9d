import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { WORK_CHANNEL, type Work } from '@flight/local';
import Mocha from 'mocha';
import type { Cpu, Note } from './note.js';

// Loaded by mocha's --require in every process that runs tests. Writes into the folder TEST_TIMES what each file spends its time on.
const folder = process.env.TEST_TIMES;
if (folder !== undefined) record(join(folder, `${process.pid}.jsonl`));

function record(file: string): void {
  const write = (note: Note) => appendFileSync(file, `${JSON.stringify(note)}\n`);
  recordFiles(write);
  recordWork(write);
  recordHashes(write);
}

/** The events of mocha's runner, which are the same whether files run in parallel or not. */
function recordFiles(write: (note: Note) => void): void {
  const { EVENT_RUN_BEGIN, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_END } = Mocha.Runner.constants;
  const { emit } = Mocha.Runner.prototype;
  let loadingSince = now();
  Mocha.Runner.prototype.emit = function (this: Mocha.Runner, event: string, ...args: unknown[]) {
    // Where files run in parallel, the parent repeats what its workers have noted.
    const repeats = (this as { isParallelMode?: () => boolean }).isParallelMode?.() === true;
    if (!repeats) note(event, args[0]);
    return Reflect.apply(emit, this, [event, ...args]);
  } as typeof emit;

  function note(event: string, subject: unknown): void {
    const at = now();
    if (event === EVENT_RUN_BEGIN) {
      write({ kind: 'load', from: loadingSince, to: at });
    } else if (event === EVENT_SUITE_BEGIN && isOfFile(subject)) {
      write({ kind: 'begin', file: toName(subject.file), at, cpu: cpu() });
    } else if (event === EVENT_SUITE_END && isOfFile(subject)) {
      write({ kind: 'end', file: toName(subject.file), at, cpu: cpu() });
      loadingSince = at;
    } else if (event === EVENT_TEST_END && subject instanceof Mocha.Test && subject.file) {
      const { duration = 0 } = subject;
      write({ kind: 'test', file: toName(subject.file), title: subject.fullTitle(), ms: duration });
    }
  }
}

/** Milliseconds since 1970, in fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function isOfFile(subject: unknown): subject is Mocha.Suite & { readonly file: string } {
  return subject instanceof Mocha.Suite && subject.parent?.root === true && subject.file !== undefined;
}

function toName(file: string): string {
  return relative(process.cwd(), file)
    .replace('/dist/test/', '/')
    .replace(/\.test\.js$/, '');
}

/** What @flight/local does for tests: servers, stacks, packages, waiting. */
function recordWork(write: (note: Note) => void): void {
  const began = new WeakMap<object, number>();
  subscribe(`tracing:${WORK_CHANNEL}:start`, (work) => void began.set(work as object, now()));
  subscribe(`tracing:${WORK_CHANNEL}:asyncEnd`, (message) => {
    const { kind, what } = message as Work;
    write({ kind, what, from: began.get(message as object) ?? 0, to: now() });
  });
}

/** Passwords hashed by services that run in this process. A module loaded before them, so that they get what is put there. */
function recordHashes(write: (note: Note) => void): void {
  const require = createRequire(join(process.cwd(), 'user-service', 'package.json'));
  const argon2: Record<string, (...args: unknown[]) => Promise<unknown>> = require('@node-rs/argon2');
  for (const what of ['hash', 'verify']) {
    const original = argon2[what];
    if (original === undefined) throw new Error(`@node-rs/argon2 has no ${what}`);
    argon2[what] = async (...args) => {
      const from = now();
      try {
        return await original(...args);
      } finally {
        write({ kind: 'hash', what, from, to: now() });
      }
    };
  }
}

/** CPU time of this process and of its children that have ended. */
function cpu(): Cpu {
  const { user, system } = process.cpuUsage();
  return { ownMs: (user + system) / 1_000, childrenMs: childrenMs() };
}

const MS_PER_TICK = 10;

/** From Linux' proc(5): fields 16 and 17 of /proc/self/stat, in ticks; 0 elsewhere. */
function childrenMs(): number {
  try {
    const afterName = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(afterName[13]) + Number(afterName[14])) * MS_PER_TICK;
  } catch {
    return 0;
  }
}
