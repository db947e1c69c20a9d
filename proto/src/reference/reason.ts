import type { DescEnumValue, DescMethod, DescService, FileRegistry } from '@bufbuild/protobuf';
import { ownFiles } from '../registry.js';
import { commentOf } from './comment.js';
import { REASON_PREFIX, REASONS, toParagraphs } from './prose.js';

/** A reason that calls fail with. */
export interface Reason {
  /** Its name without the prefix. */
  readonly name: string;
  readonly value: DescEnumValue;
  /** The gRPC code it comes with, or in words which ones; empty for the one that is never sent. */
  readonly code: string;
  /** Its comment without the code. */
  readonly comment: string;
}

const FAILS_WITH = /^Fails with ([A-Z_]+(?:, [A-Z_]+)*)\.$/;

/** The catalogue of reasons, by name. */
export function readReasons(contracts: FileRegistry): ReadonlyMap<string, Reason> {
  const values = contracts.getEnum(REASONS)?.values ?? [];
  return new Map(
    values.map((value) => {
      const name = value.name.slice(REASON_PREFIX.length);
      const [, code = '', comment = ''] = /^(?:([^:]+): )?(.*)$/s.exec(commentOf(value)) ?? [];
      return [name, { name, value, code, comment }];
    }),
  );
}

/** The full name of a reason in the contracts. */
export function reasonName(name: string): string {
  return `${REASONS}.${REASON_PREFIX}${name}`;
}

/** What the last paragraph of a method's comment says it fails with. */
export function failuresOf(method: DescMethod): readonly string[] {
  const last = toParagraphs(commentOf(method)).at(-1) ?? '';
  return FAILS_WITH.exec(last)?.[1]?.split(', ') ?? [];
}

/** A method's comment without that paragraph. */
export function commentWithoutFailures(method: DescMethod): string {
  return toParagraphs(commentOf(method))
    .filter((paragraph) => !FAILS_WITH.test(paragraph))
    .join('\n\n');
}

/** The full names of the methods that name a reason, and of the services any of whose methods may fail with it. */
export function whoFailsWith(name: string, contracts: FileRegistry): readonly string[] {
  const named = new RegExp(`\\b${name}\\b`);
  return servicesOf(contracts).flatMap((service) => [
    ...(named.test(commentOf(service)) ? [service.typeName] : []),
    ...service.methods
      .filter((method) => failuresOf(method).includes(name))
      .map((method) => methodName(method)),
  ]);
}

/** All services of ours, by file. */
export function servicesOf(contracts: FileRegistry): readonly DescService[] {
  return ownFiles(contracts).flatMap(({ services }) => services);
}

/** A method's full name, by which pages link to it. */
export function methodName({ parent, name }: DescMethod): string {
  return `${parent.typeName}.${name}`;
}
