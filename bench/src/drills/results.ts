import { formatTable } from '@flight/local';
import { type DrillName, type Figures, formatFigure, formatFigures, type Outcome } from './drill.js';

/** A drill that was carried out, or broke before it could say anything. */
export type Verdict =
  | { readonly drill: DrillName; readonly kind: 'carried-out'; readonly outcome: Outcome }
  | { readonly drill: DrillName; readonly kind: 'broke'; readonly why: string };

/** Everything that speaks against a verdict; a drill that broke has shown nothing. */
export function findMisses(verdict: Verdict): readonly string[] {
  return verdict.kind === 'broke' ? [`it broke: ${verdict.why}`] : verdict.outcome.missed;
}

/**
 * One row for each drill: what was demanded, what was seen, and what the control did.
 *
 * @param columns figures that have a column of their own; all others are in the column `measured`
 */
export function toVerdictTable(verdicts: readonly Verdict[], columns: readonly string[] = []): string {
  const heading = ['row', 'demand', ...columns, 'measured', 'control', 'verdict'];
  return formatTable([heading, ...verdicts.map((verdict) => toRow(verdict, columns))]);
}

function toRow(verdict: Verdict, columns: readonly string[]): string[] {
  const { name, demand } = verdict.drill;
  const kept = findMisses(verdict).length === 0 ? 'kept' : 'MISSED';
  if (verdict.kind === 'broke') return [name, demand, ...columns.map(() => ''), 'it broke', '', kept];
  const { measured, control } = verdict.outcome;
  const rest: Figures = Object.fromEntries(
    Object.entries(measured).filter(([figure]) => !columns.includes(figure)),
  );
  const own = columns.map((column) => toCell(measured[column]));
  return [name, demand, ...own, formatFigures(rest), formatFigures(control), kept];
}

function toCell(value: number | undefined): string {
  return value === undefined ? '' : formatFigure(value);
}

/** The same for machines. */
export function toRecords(verdicts: readonly Verdict[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    verdicts.map((verdict) => [
      verdict.drill.name,
      {
        demand: verdict.drill.demand,
        ...(verdict.kind === 'carried-out' && verdict.outcome),
        missed: findMisses(verdict),
      },
    ]),
  );
}
