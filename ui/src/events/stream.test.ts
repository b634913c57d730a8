import { afterEach, expect, test, vi } from 'vitest';

import type { HubClient } from '../api/client';
import { HubError } from '../api/errors';
import { backOff, followEvents, isNewRun } from './stream';

afterEach(() => vi.unstubAllGlobals());

function bodyOf(...texts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
}

test('waits grow to an upper end', () => {
  expect([0, 1, 2, 9].map(backOff)).toEqual([400, 800, 1600, 8000]);
});

test('a number that does not grow means that the hub began anew', () => {
  expect(isNewRun(null, 1)).toBe(false);
  expect(isNewRun(5, 6)).toBe(false);
  expect(isNewRun(5, 5)).toBe(true);
  expect(isNewRun(500, 1)).toBe(true);
});

test('resumes after the last event and stops when the hub refuses the window', async () => {
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('setTimeout', (run: () => void) => queueMicrotask(run));
  const asked: (number | null)[] = [];
  const answers = [bodyOf('data: {"seq":4,"type":"overview_', 'changed"}\n\ndata: {"type":"resync"}\n\n'), bodyOf('data: {"seq":1,"type":"overview_changed"}\n\n')];
  const client = {
    openEvents: (since: number | null) => {
      asked.push(since);
      const next = answers.shift();
      return next ? Promise.resolve(next) : Promise.reject(new HubError(403, 'no'));
    },
  } as unknown as HubClient;
  const seen: string[] = [];
  await followEvents(client, {
    opened: (missed) => seen.push(missed ? 'opened anew' : 'resumed'),
    received: (event) => seen.push(`event ${'seq' in event ? event.seq : 'without a number'}`),
    lost: (message, refused) => seen.push(refused ? `refused: ${message}` : 'lost'),
  }, new AbortController().signal);
  expect(asked).toEqual([null, 4, 1]);
  expect(seen).toEqual(['opened anew', 'event 4', 'event without a number', 'lost', 'resumed', 'opened anew', 'event 1', 'lost', 'refused: no']);
});
