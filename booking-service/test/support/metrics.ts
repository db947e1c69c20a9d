import type { Service } from '../../src/service.js';

/** A counter's value as Prometheus would scrape it; 0 while it has not been counted. */
export async function readCounter(
  service: Service,
  name: string,
  label: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(`${service.adminUrl}/metrics`);
  const wanted = Object.entries(label).map(([key, value]) => `${key}="${value}"`);
  const lines = (await response.text()).split('\n');
  const line = lines.find((one) => one.startsWith(`${name}{`) && wanted.every((part) => one.includes(part)));
  return Number(line?.split(' ').at(-1) ?? 0);
}
