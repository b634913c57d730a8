import { beforeEach, describe, expect, test } from 'vitest';

import type { Event, Job, Sample, ServerEntry, Stack } from '../api/types';
import { serverView } from './fixtures';
import { KEPT_SAMPLES, PARTS, applyEvent, emptySnapshot, partsChangedBy, serverKey, type Snapshot } from './snapshot';

const sample = (user: string, cpus: number): Sample => ({
  user, server: '', cpus, memory_bytes: 1, memory_limit_bytes: null, received_per_second: null, sent_per_second: null, gpus: [],
});
const job = (state: Job['state']): Job => ({ id: 7, title: 'Fetching x', state, message: '', fraction: 0.5 });
const stack: Stack = {
  name: 'basic', display_name: 'Basic', description: '', image: 'a/b:1', offered: true, is_default: true,
  limits: { memory_bytes: null, cpus: null, pids: null, shm_bytes: null },
};

let snapshot: Snapshot;
beforeEach(() => {
  snapshot = { ...emptySnapshot(), users: [], servers: [], stacks: [], images: [], jobs: [] };
});

describe('servers', () => {
  test('a change adds once and then replaces', () => {
    applyEvent(snapshot, { type: 'server_changed', user: 'ada', server: serverView({ labdeck_state: 'Starting', stopped: false }) });
    applyEvent(snapshot, { type: 'server_changed', user: 'ada', server: serverView({ labdeck_state: 'Ready', stopped: false }) });
    applyEvent(snapshot, { type: 'server_changed', user: 'bob', server: serverView() });
    expect(snapshot.servers?.map((s) => [s.user, s.server.labdeck_state])).toEqual([['ada', 'Ready'], ['bob', 'Off']]);
  });

  test('servers of one user are told apart by name, and a deleted user takes them along', () => {
    applyEvent(snapshot, { type: 'server_changed', user: 'ada', server: serverView() });
    applyEvent(snapshot, { type: 'server_changed', user: 'ada', server: serverView({ name: 'gpu' }) });
    applyEvent(snapshot, { type: 'server_deleted', user: 'ada', name: 'gpu' });
    expect(snapshot.servers).toHaveLength(1);
    applyEvent(snapshot, { type: 'user_deleted', user: 'ada' });
    expect(snapshot.servers).toEqual([]);
  });

  test('news of a server that the list lacks ask for the list again', () => {
    const entry: ServerEntry = { id: 1, at: '2026-11-20T12:00:00Z', kind: 'started', message: 'It starts.' };
    expect(applyEvent(snapshot, { type: 'sampled', samples: [sample('ada', 0)] })).toEqual(['servers']);
    expect(applyEvent(snapshot, { type: 'server_noted', user: 'ada', name: 'gpu', entry })).toEqual(['servers']);
    applyEvent(snapshot, { type: 'server_changed', user: 'ada', server: serverView() });
    expect(applyEvent(snapshot, { type: 'sampled', samples: [sample('ada', 0)] })).toEqual([]);
    snapshot.servers = null;
    expect(applyEvent(snapshot, { type: 'sampled', samples: [sample('bob', 0)] })).toEqual([]);
  });

  test('nothing is put into a list that was never fetched', () => {
    snapshot.servers = null;
    applyEvent(snapshot, { type: 'server_changed', user: 'ada', server: serverView() });
    expect(snapshot.servers).toBeNull();
  });
});

describe('usage', () => {
  test('samples gather per server, to an upper end, and go when the server no longer runs', () => {
    for (let n = 0; n < KEPT_SAMPLES + 5; n += 1) {
      applyEvent(snapshot, { type: 'sampled', samples: [sample('ada', n), sample('bob', 1)] });
    }
    const kept = snapshot.usage[serverKey('ada', '')] ?? [];
    expect([kept.length, kept.at(-1)?.cpus]).toEqual([KEPT_SAMPLES, KEPT_SAMPLES + 4]);
    applyEvent(snapshot, { type: 'sampled', samples: [sample('ada', 0)] });
    expect(Object.keys(snapshot.usage)).toEqual(['ada/']);
    applyEvent(snapshot, { type: 'server_changed', user: 'ada', server: serverView({ stopped: true }) });
    expect(snapshot.usage).toEqual({});
  });
});

test('events say what must be asked for again', () => {
  expect(applyEvent(snapshot, { type: 'user_changed', user: 'ada' })).toEqual(['users', 'servers']);
  expect(applyEvent(snapshot, { type: 'overview_changed' })).toEqual(['overview']);
  expect(applyEvent(snapshot, { type: 'engine_changed', engine: { state: 'not_running' } })).toEqual(['overview', 'images']);
  expect(applyEvent(snapshot, { type: 'job_changed', job: job('running') })).toEqual([]);
  expect(applyEvent(snapshot, { type: 'job_changed', job: job('done') })).toEqual(['images']);
  expect(snapshot.jobs).toEqual([job('done')]);
  expect(applyEvent(snapshot, { type: 'resync' })).toEqual(PARTS);
});

test('what no screen has shown yet is not asked for again', () => {
  expect(applyEvent(snapshot, { type: 'sizes_changed' })).toEqual([]);
  snapshot.sizes = [];
  snapshot.folders = [];
  expect(applyEvent(snapshot, { type: 'sizes_changed' })).toEqual(['sizes']);
  expect(applyEvent(snapshot, { type: 'folders_changed' })).toEqual(['folders']);
  expect(applyEvent(snapshot, { type: 'resync' })).toEqual([...PARTS, 'sizes', 'folders']);
});

test('lines of histories gather by server', () => {
  const entry = (id: number): ServerEntry => ({ id, at: '2026-11-20T08:00:00Z', kind: 'ready', message: `It is ready (${id}).` });
  for (const id of [1, 2]) applyEvent(snapshot, { type: 'server_noted', user: 'ada', name: 'gpu', entry: entry(id) });
  applyEvent(snapshot, { type: 'server_noted', user: 'ada', name: '', entry: entry(3) });
  expect(snapshot.noted['ada/gpu']?.map((line) => line.id)).toEqual([1, 2]);
  expect(snapshot.noted['ada/']).toEqual([entry(3)]);
});

test('stacks come, change and go', () => {
  applyEvent(snapshot, { type: 'stack_changed', stack });
  applyEvent(snapshot, { type: 'stack_changed', stack: { ...stack, offered: false } });
  expect(snapshot.stacks?.map((s) => s.offered)).toEqual([false]);
  applyEvent(snapshot, { type: 'stack_deleted', name: 'basic' });
  expect(snapshot.stacks).toEqual([]);
});

test('an event names every part that it changes by itself', () => {
  const view = serverView();
  const events: Event[] = [
    { type: 'server_changed', user: 'ada', server: view },
    { type: 'server_deleted', user: 'ada', name: view.name },
    { type: 'stack_changed', stack },
    { type: 'stack_deleted', name: stack.name },
    { type: 'job_changed', job: job('done') },
    { type: 'user_deleted', user: 'ada' },
  ];
  for (const event of events) {
    const before = { ...snapshot };
    applyEvent(snapshot, event);
    const changed = PARTS.filter((part) => snapshot[part] !== before[part]);
    expect(partsChangedBy(event), event.type).toEqual(changed);
  }
});
