// Lines of charts, and the same in words. Pure.

interface Frame {
  /** How many values the whole width stands for. */
  span: number;
  /** The value at the upper edge. */
  top: number;
  width: number;
  height: number;
}

/** An SVG path through the values, the newest at the right edge; a gap where a value is not known. */
export function pathThrough(values: readonly (number | null)[], { span, top, width, height }: Frame): string {
  const step = width / Math.max(1, span - 1);
  const start = width - (values.length - 1) * step;
  let pen = 'M';
  const parts: string[] = [];
  for (const [n, value] of values.entries()) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    const share = top > 0 ? Math.min(1, Math.max(0, value / top)) : 0;
    // A value alone between gaps is a dot.
    const alone = pen === 'M' && (values[n + 1] ?? null) === null ? 'h0' : '';
    parts.push(`${pen}${(start + n * step).toFixed(1)} ${(height - 1 - share * (height - 2)).toFixed(1)}${alone}`);
    pen = 'L';
  }
  return parts.join('');
}

/** The newest value. One that is only just not known yet is taken from the step before. */
export function lastKnown(values: readonly (number | null)[]): number | null {
  return values.at(-1) ?? values.at(-2) ?? null;
}

/** Where the highest of all values stands; the newest of several. */
export function placeOfHighest(series: readonly (readonly (number | null)[])[]): number {
  const highest = Math.max(...series.flat().map((value) => value ?? -Infinity));
  return Math.max(...series.map((values) => values.lastIndexOf(highest)));
}

/** `CPU now 0.4, highest 3.1`: what a reader of the line would see. */
export function seriesWords(label: string, values: readonly (number | null)[], format: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return `${label}: nothing known yet`;
  return `${label} ${lastKnown(values) === null ? 'last' : 'now'} ${format(last)}, highest ${format(Math.max(...known))}`;
}
