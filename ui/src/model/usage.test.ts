import { expect, test } from 'vitest';

import type { UsagePoint, UsageView } from '../api/types';
import { cardsIn, daySteps, stepTime } from './usage';

const NOW = Date.parse('2026-11-20T12:03:00Z');
const point = (at: string, cpus: number, cards: string[] = []): UsagePoint => ({
  at, cpus, memory_bytes: 1, received_per_second: null, sent_per_second: null,
  gpus: cards.map((id) => ({ id, busy: null, memory_bytes: null, temperature: null })),
});
const view = (points: UsagePoint[]): UsageView => ({ span_seconds: 1200, point_seconds: 300, points });

test('a day stands in steps, the present one last, with gaps where nothing ran', () => {
  const steps = daySteps(view([point('2026-11-20T11:40:00Z', 9), point('2026-11-20T11:45:00Z', 1), point('2026-11-20T12:00:00Z', 2)]), NOW);
  expect(steps.map((step) => step?.cpus ?? null)).toEqual([1, null, null, 2]);
  expect(new Date(stepTime(view([]), NOW, 0)).toISOString()).toBe('2026-11-20T11:45:00.000Z');
  expect(daySteps(view([point('2026-11-20T12:05:00Z', 1)]), NOW), 'a clock ahead of this one').toEqual([null, null, null, null]);
});

test('a card that was given back keeps its chart for the day', () => {
  expect(cardsIn([point('x', 1, ['a']), null, point('y', 1, ['b', 'a'])])).toEqual(['a', 'b']);
});
