import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { thisMachine } from '../src/machine.js';
import { findPrometheus } from '../src/programs/find-prometheus.js';
import { runCommand } from '../src/programs/run-command.js';
import { withScratch } from './scratch.js';

const machine = thisMachine();
const folder = join(machine.checkout, 'deploy', 'prometheus');

/** An alert as it is written down: its name, and the text up to the next one. */
interface Alert {
  readonly name: string;
  readonly text: string;
}

async function readAlerts(): Promise<readonly Alert[]> {
  const [, ...blocks] = (await readFile(join(folder, 'rules', 'alerting.yml'), 'utf8')).split('- alert: ');
  return blocks.map((text) => ({ name: text.split('\n')[0] ?? '', text }));
}

/** The anchors of a Markdown file's headings, as they are made from their words. */
function listAnchors(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe("Prometheus' rules", function () {
  // The first run on a machine fetches Prometheus.
  this.timeout(180_000);
  let promtool: string;
  let alerts: readonly Alert[];
  let tests: readonly string[];

  before(async () => {
    ({ promtool } = await findPrometheus(machine));
    alerts = await readAlerts();
    tests = (await readdir(join(folder, 'tests'))).map((name) => join(folder, 'tests', name));
  });

  it('are rules that Prometheus reads, and so are they behind its configuration', async () => {
    const rules = ['recording.yml', 'alerting.yml'].map((name) => join(folder, 'rules', name));
    expect(await runCommand(promtool, ['check', 'rules', '--lint-fatal', ...rules])).to.include('SUCCESS');
  });

  it('fire when they should and are silent when they should: promtool test rules', async () => {
    const printed = await Promise.all(tests.map((file) => runCommand(promtool, ['test', 'rules', file])));
    expect(printed).not.to.have.length(0);
    for (const one of printed) expect(one).to.include('SUCCESS');
  });

  it('would not pass those tests if they fired never, or a moment too soon', async () => {
    await expectToFail('data.test.yml', 'patroni_primary) > 1', 'patroni_primary) > 7');
    await expectToFail('data.test.yml', 'for: 20s', 'for: 0s');
  });

  it('are tested, every single alert', async () => {
    const texts = (await Promise.all(tests.map((file) => readFile(file, 'utf8')))).join('\n');
    const tested = [...texts.matchAll(/labels: '?ALERTS\{alertname="(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(tested)].sort()).to.deep.equal(alerts.map(({ name }) => name).sort());
  });

  it('say how urgent an alert is, what it means and which chapter of the manual to open', async () => {
    const anchors = listAnchors(await readFile(join(machine.checkout, 'docs', 'operations.md'), 'utf8'));
    for (const { name, text } of alerts) {
      expect(text, name).to.match(/labels: \{ severity: (page|ticket) \}/);
      expect(text, name).to.match(/summary: ['"].+['"]\n/);
      expect(text, name).to.match(/description: ['"].+['"]\n/);
      const anchor = /runbook: docs\/operations\.md#([\w-]+)\n/.exec(text)?.[1];
      expect(anchors, name).to.include(anchor);
    }
  });

  /** Runs a test against rules in which a passage is another. */
  async function expectToFail(test: string, good: string, bad: string): Promise<void> {
    await withScratch(async (scratch) => {
      await cp(folder, scratch, { recursive: true });
      const file = join(scratch, 'rules', 'alerting.yml');
      const text = await readFile(file, 'utf8');
      expect(text).to.include(good);
      await writeFile(file, text.replaceAll(good, bad));
      const [outcome] = await Promise.allSettled([
        runCommand(promtool, ['test', 'rules', join(scratch, 'tests', test)]),
      ]);
      expect(outcome?.status, `${bad} in place of ${good}`).to.equal('rejected');
    });
  }
});
