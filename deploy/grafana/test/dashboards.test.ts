import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { renderDashboard } from '../src/dashboard.js';
import { DASHBOARDS } from '../src/dashboards.js';

const FOLDER = new URL('../../dashboards/', import.meta.url);

interface RenderedPanel {
  readonly id: number;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

describe('the dashboards', () => {
  it('are committed as they are written down: make dashboards', async () => {
    expect((await readdir(FOLDER)).sort()).to.deep.equal(Object.keys(DASHBOARDS).sort());
    for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
      const committed: unknown = JSON.parse(await readFile(new URL(name, FOLDER), 'utf8'));
      expect(committed, name).to.deep.equal(renderDashboard(dashboard));
    }
  });

  it('say on each panel what is seen, and in which unit, with a name for every line', () => {
    for (const { rows, description } of Object.values(DASHBOARDS)) {
      expect(description).to.match(/\.$/);
      const panels = rows.flatMap((row) => row.panels);
      expect(new Set(panels.map(({ title }) => title)).size).to.equal(panels.length);
      for (const panel of panels) {
        expect(panel.description, panel.title).to.match(/^[^a-z].*\.$/s);
        expect(panel.queries, panel.title).not.to.have.length(0);
        for (const { legend } of panel.queries) expect(legend, panel.title).not.to.equal('');
        const bounds = (panel.thresholds ?? []).map(({ from }) => from);
        expect(bounds, panel.title).to.deep.equal(bounds.toSorted((a, b) => a - b));
      }
    }
  });

  it('use no variable that the page does not offer', () => {
    for (const { rows, variables = [] } of Object.values(DASHBOARDS)) {
      const offered = variables.map(({ name }) => name);
      const used = rows
        .flatMap((row) => row.panels)
        .flatMap(({ queries }) => queries.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)]))
        .map(([, name]) => name)
        .filter((name) => name !== '__rate_interval');
      expect(offered).to.include.members([...new Set(used)]);
      expect(used).to.include.members(offered);
    }
  });

  it('place their panels side by side and never one on another', () => {
    for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
      const { panels } = renderDashboard(dashboard) as { readonly panels: readonly RenderedPanel[] };
      const taken = new Set<string>();
      for (const { id, gridPos } of panels) {
        expect(gridPos.x + gridPos.w).to.be.at.most(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.has(`${x},${y}`), `${name}, panel ${id}`).to.equal(false);
            taken.add(`${x},${y}`);
          }
      }
      expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    }
  });
});
