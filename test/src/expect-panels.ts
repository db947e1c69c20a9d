import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@flight/local';
import { listPanelQuestions } from './panel-questions.js';
import { listRules, queryPrometheus, type Rule } from './prometheus.js';

/** Rates need a minute's worth of scrapes, and rules are evaluated every half minute. */
const PATIENCE_MS = 120_000;
/** Nothing new is to be had sooner, in milliseconds. */
const ASK_AGAIN_MS = 1000;

/**
 * Sends every query of every panel, and every rule, to a Prometheus that scrapes a stack under load, until each has an answer:
 * series with numbers in them. An alert need not fire, but every metric that it is about must be there.
 *
 * @throws Error naming those that have none in time, and why
 */
export async function expectPanelsToAnswer(prometheusUrl: string): Promise<void> {
  const rules = await listRules(prometheusUrl);
  if (rules.length === 0) throw new Error('Prometheus has no rules');
  const open = new Map<string, string>();
  for (const { where, expr } of await listPanelQuestions()) open.set(`${where}: ${expr}`, expr);
  for (const { name, expr } of rules.flatMap(toQuestions)) open.set(`${name}: ${expr}`, expr);

  const answers = async () => {
    for (const [question, expr] of open) if (await isAnswered(prometheusUrl, expr)) open.delete(question);
    if (open.size > 0) await pause(ASK_AGAIN_MS);
    return open.size === 0;
  };
  try {
    await until('every panel and every rule to answer', answers, PATIENCE_MS);
  } catch (error) {
    throw new Error(`${String(error)}:\n${[...open.keys()].join('\n')}`, { cause: error });
  }
  const ailing = (await listRules(prometheusUrl)).filter(({ health }) => health !== 'ok');
  if (ailing.length > 0)
    throw new Error(`rules fail: ${ailing.map(({ name, lastError }) => `${name}: ${lastError}`).join('\n')}`);
}

/** Whether at least one series has a number. @throws Error when the query is wrong */
async function isAnswered(prometheusUrl: string, expr: string): Promise<boolean> {
  const samples = await queryPrometheus(prometheusUrl, expr);
  return samples.some(({ value }) => !Number.isNaN(value));
}

/** A recording is asked for by its name, which shows that it is written; an alert by the metrics it is about. */
function toQuestions({
  type,
  name,
  query,
}: Rule): readonly { readonly name: string; readonly expr: string }[] {
  if (type === 'recording') return [{ name, expr: name }];
  return listMetrics(query).map((metric) => ({ name, expr: metric }));
}

/** The names of metrics in an expression: what is left without labels, functions, keywords, numbers and durations. */
export function listMetrics(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, ' ')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const words = [...bare.matchAll(/\b[a-zA-Z_][\w:]*\b(?!\s*\()/g)].map(([word]) => word);
  return [...new Set(words)].filter((word) => !['and', 'or', 'unless', 'bool', 'offset'].includes(word));
}
