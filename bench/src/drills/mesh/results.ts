import { formatTable } from '@flight/local';
import { type Drill, formatFigures, type Outcome } from './drill.js';

/** A drill that was carried out, or broke before it could say anything. */
export type Verdict =
  | { readonly drill: Drill; readonly kind: 'carried-out'; readonly outcome: Outcome }
  | { readonly drill: Drill; readonly kind: 'broke'; readonly why: string };

/** Everything that speaks against a verdict; a drill that broke has shown nothing. */
export function findMisses(verdict: Verdict): readonly string[] {
  return verdict.kind === 'broke' ? [`it broke: ${verdict.why}`] : verdict.outcome.missed;
}

/** One row for each drill: what was demanded, what was seen, and what the control did. */
export function toVerdictTable(verdicts: readonly Verdict[]): string {
  return formatTable([['row', 'demand', 'measured', 'control', 'verdict'], ...verdicts.map(toRow)]);
}

function toRow(verdict: Verdict): string[] {
  const { name, demand } = verdict.drill;
  const kept = findMisses(verdict).length === 0 ? 'kept' : 'MISSED';
  if (verdict.kind === 'broke') return [name, demand, 'it broke', '', kept];
  const { measured, control } = verdict.outcome;
  return [name, demand, formatFigures(measured), formatFigures(control), kept];
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
