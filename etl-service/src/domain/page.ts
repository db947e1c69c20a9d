/** Which part of a list is asked for: at most `size` items behind the position `after`, from the start without it. */
export interface PageRequest<Position> {
  readonly size: number;
  readonly after: Position | undefined;
}

/** A part of a list, and the position to go on from unless the list ends here. */
export interface Page<Item, Position> {
  readonly items: readonly Item[];
  readonly next: Position | undefined;
}

/** Cuts a page from items of which one more than the page holds was looked for. */
export function cutPage<Item, Position>(
  found: readonly Item[],
  size: number,
  toPosition: (item: Item) => Position,
): Page<Item, Position> {
  const items = found.slice(0, size);
  const last = items.at(-1);
  return { items, next: found.length > size && last !== undefined ? toPosition(last) : undefined };
}
