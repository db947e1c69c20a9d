/** One running copy of a service, as Consul knows it. */
export interface Instance {
  /** Unique among all instances, such as user_service_1. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly tags: readonly string[];
  /** What the instance says of itself: version, admin_port. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Its share of the calls relative to the others', as Consul's Weights.Passing; 1 when absent. */
  readonly weight?: number;
}

/** Whether two lists hold the same instances at the same addresses with the same metadata, in whatever order. */
export function sameInstances(one: readonly Instance[], other: readonly Instance[]): boolean {
  if (one.length !== other.length) return false;
  const known = new Map(one.map((instance) => [instance.id, JSON.stringify(instance)]));
  return other.every((instance) => known.get(instance.id) === JSON.stringify(instance));
}
