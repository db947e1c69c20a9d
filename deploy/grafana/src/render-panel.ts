import type { Panel, Query } from './panel.js';

/** As deploy/grafana/provisioning names it. */
export const DATASOURCE = { type: 'prometheus', uid: 'prometheus' } as const;

/** Where a panel is on the page: 24 columns, rows of some 30 pixels. */
export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A panel in Grafana's own format. */
export function renderPanel(panel: Panel, id: number, gridPos: GridPosition): object {
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: renderDefaults(panel), overrides: [] },
    options: panel.kind === 'stat' ? STAT_OPTIONS : TIMESERIES_OPTIONS,
    targets: panel.queries.map((query, index) => renderTarget(query, index, panel.kind === 'stat')),
  };
}

const STAT_OPTIONS = {
  colorMode: 'value',
  graphMode: 'area',
  justifyMode: 'auto',
  orientation: 'auto',
  reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  textMode: 'auto',
};

const TIMESERIES_OPTIONS = {
  legend: { calcs: ['lastNotNull', 'max'], displayMode: 'table', placement: 'bottom', showLegend: true },
  tooltip: { mode: 'multi', sort: 'desc' },
};

function renderDefaults(panel: Panel): object {
  const { unit, decimals, meanings, thresholds = [] } = panel;
  const steps = [
    { color: 'green', value: null },
    ...thresholds.map(({ from, color }) => ({ color, value: from })),
  ];
  return {
    unit,
    min: 0,
    ...(decimals !== undefined && { decimals }),
    mappings: meanings === undefined ? [] : [renderMeanings(meanings)],
    thresholds: { mode: 'absolute', steps },
    color: { mode: panel.kind === 'stat' ? 'thresholds' : 'palette-classic' },
    ...(panel.kind === 'timeseries' && {
      custom: renderLines(panel.stacked === true, thresholds.length > 0),
    }),
  };
}

function renderMeanings(meanings: Readonly<Record<number, string>>): object {
  const entries = Object.entries(meanings).map(([value, text], index) => [value, { index, text }]);
  return { type: 'value', options: Object.fromEntries(entries) };
}

function renderLines(stacked: boolean, hasThresholds: boolean): object {
  return {
    drawStyle: 'line',
    fillOpacity: stacked ? 40 : 8,
    lineWidth: 1,
    showPoints: 'never',
    spanNulls: false,
    stacking: { group: 'A', mode: stacked ? 'normal' : 'none' },
    thresholdsStyle: { mode: hasThresholds ? 'line' : 'off' },
  };
}

function renderTarget({ expr, legend }: Query, index: number, latest: boolean): object {
  return {
    refId: String.fromCharCode(65 + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    ...(latest ? { instant: true } : { range: true }),
  };
}
