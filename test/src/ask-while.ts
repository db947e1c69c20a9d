import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './http-client.js';

/** How many ask at the same time. */
const ASKERS = 4;
/** Between an asker's answer and its next question, in milliseconds: a load that leaves the machine to what is tested. */
const PAUSE_MS = 10;

/** Asks over and over, several at a time, while something happens; resolves with all answers when it has happened. */
export async function askWhile(
  question: () => Promise<Answer>,
  happening: () => Promise<unknown>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let over = false;
  const askers = Array.from({ length: ASKERS }, async () => {
    while (!over) {
      answers.push(await question());
      await pause(PAUSE_MS);
    }
  });
  try {
    await happening();
  } finally {
    over = true;
  }
  await Promise.all(askers);
  return answers;
}
