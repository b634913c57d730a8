// What a server used over time, in steps of the same length. Pure.
import type { Sample, UsagePoint, UsageView } from '../api/types';

/** What charts show of a moment; samples and points of a day both have it. */
export type Figures = Pick<Sample & UsagePoint, 'cpus' | 'memory_bytes' | 'received_per_second' | 'sent_per_second' | 'gpus'>;

/** A day in steps of the same length, the present one last; null where the server did not run. */
export function daySteps(view: UsageView, now: number): (Figures | null)[] {
  const step = view.point_seconds * 1000;
  const last = Math.floor(now / step);
  const steps: (Figures | null)[] = Array.from({ length: Math.round(view.span_seconds / view.point_seconds) }, () => null);
  for (const point of view.points) {
    const place = steps.length - 1 - (last - Math.floor(Date.parse(point.at) / step));
    if (place >= 0 && place < steps.length) steps[place] = point;
  }
  return steps;
}

/** When a step of a day began. */
export function stepTime(view: UsageView, now: number, place: number): number {
  const step = view.point_seconds * 1000;
  const count = Math.round(view.span_seconds / view.point_seconds);
  return (Math.floor(now / step) - (count - 1 - place)) * step;
}

/** The cards that were held at any of these moments. */
export function cardsIn(figures: readonly (Figures | null)[]): string[] {
  return [...new Set(figures.flatMap((moment) => moment?.gpus.map((gpu) => gpu.id) ?? []))];
}
