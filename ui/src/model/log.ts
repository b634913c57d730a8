// A log that is searched: where the hits are. Pure.

/** A stretch of a log; `hit` is its number if it is what is looked for, counted from 1. */
export interface Stretch {
  text: string;
  hit: number | null;
}

/** Cuts a text into hits and what is between them; large and small letters are alike. Nothing sought is one stretch. */
export function findHits(text: string, sought: string): Stretch[] {
  if (sought === '') return text === '' ? [] : [{ text, hit: null }];
  const where = text.toLowerCase();
  const what = sought.toLowerCase();
  // Letters whose small form is longer would shift every place behind them: then only the exact letters count.
  const [haystack, needle] = where.length === text.length && what.length === sought.length ? [where, what] : [text, sought];
  const found: Stretch[] = [];
  let from = 0;
  let hit = 0;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, from)) {
    if (at > from) found.push({ text: text.slice(from, at), hit: null });
    hit += 1;
    found.push({ text: text.slice(at, at + needle.length), hit });
    from = at + needle.length;
  }
  if (from < text.length) found.push({ text: text.slice(from), hit: null });
  return found;
}

/** How many hits there are. */
export function countHits(stretches: readonly Stretch[]): number {
  return stretches.reduce((most, stretch) => Math.max(most, stretch.hit ?? 0), 0);
}

/** The next hit in a direction, round at the ends; 0 where there is none. */
export function nextHit(current: number, count: number, step: 1 | -1): number {
  if (count === 0) return 0;
  return ((current - 1 + step + count) % count) + 1;
}
