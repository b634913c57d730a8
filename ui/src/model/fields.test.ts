import { expect, test } from 'vitest';

import { formatDuration, joinDuration, ruleWords, splitDuration } from './duration';
import { audienceWords, folderNameFor, pathProblem, readAudience, trimmedPath } from './folder';
import { memoryShares } from './reserve';
import { newSize, readLimits, sizeNameFor, typedLimits, wrongFields } from './size';

const GIB = 2 ** 30;
const clock = (at: number): string => new Date(at).toISOString().slice(11, 16);

test('a length of time is shown in its greatest whole unit, and read back the same', () => {
  expect([1, 45, 140, 630].map(formatDuration)).toEqual(['1 second', '45 seconds', '140 seconds', '10.5 minutes']);
  const seconds = [60, 5400, 7200, 86_400, 90_000];
  expect(seconds.map((s) => formatDuration(s))).toEqual(['1 minute', '90 minutes', '2 hours', '1 day', '25 hours']);
  expect(seconds.map(splitDuration).map(({ count, unit }) => joinDuration(String(count), unit))).toEqual(seconds);
  expect(['', '0,5', '0', '-1', 'x'].map((text) => joinDuration(text, 'hours'))).toEqual([null, 1800, undefined, undefined, undefined]);
});

test('idle rules are told in words, with an example', () => {
  const noon = Date.parse('2026-11-20T12:00:00Z');
  expect(ruleWords({ idle_seconds: 7200, warn_seconds: 600 }, noon, clock)).toEqual([
    'A server that nobody used for 2 hours is stopped. One last used just now stops at 14:00.',
    'A server with a running cell counts as used, however long it runs.',
    'People are told 10 minutes before, and can keep their server awake.',
  ]);
  expect(ruleWords({ busy_silent_seconds: 43_200, max_age_seconds: 604_800 }, noon, clock)).toEqual([
    'A running cell that prints nothing for 12 hours no longer counts as use.', 'No server runs longer than 7 days.', 'Nobody is told before.',
  ]);
  expect(ruleWords({}, noon, clock)).toEqual(['No server is stopped by itself.']);
});

test('limits of a size survive the editor', () => {
  const limits = { memory_bytes: 1.5 * GIB, cpus: 0.5, pids: null, shm_bytes: GIB, gpus: 2 };
  expect(readLimits(typedLimits(limits))).toEqual(limits);
  expect(readLimits({ memory: '', cpus: '', pids: '', shm: '', gpus: '' })).toEqual({ memory_bytes: null, cpus: null, pids: null, shm_bytes: null, gpus: 0 });
});

test('fields that hold no meant number are named', () => {
  const right = { memory: '2', cpus: '0,5', pids: '512', shm: '', gpus: '0' };
  expect(wrongFields(right)).toEqual([]);
  expect(wrongFields({ memory: '-1', cpus: 'two', pids: '1.5', shm: '0', gpus: '0.5' })).toEqual(['memory', 'cpus', 'pids', 'shm', 'gpus']);
});

test('a new size is larger than those there are, and its word is its own', () => {
  expect(newSize([], null)).toMatchObject({ is_default: true, limits: { memory_bytes: 2 * GIB, cpus: 1 } });
  const large = { ...newSize([], null), name: 'l', limits: { memory_bytes: 8 * GIB, cpus: 4, pids: null, shm_bytes: null } };
  expect(newSize([large], null)).toMatchObject({ is_default: false, limits: { memory_bytes: 16 * GIB, cpus: 8 } });
  expect(newSize([large], { cpus: 6, memory_bytes: 15.5 * GIB }).limits).toMatchObject({ memory_bytes: 15 * GIB, cpus: 6 });
  expect(['Large, with GPU', 'Größe', '大'].map((word) => sizeNameFor(word, []))).toEqual(['large-with-gpu', 'gro-e', 'size']);
  expect(sizeNameFor('L', ['l', 'l-2'])).toBe('l-3');
});

test('the shares of memory fill the bar, even where more was given than there is', () => {
  const promised = { memory_bytes: 16 * GIB, memory_used_bytes: 9 * GIB, reserve_bytes: 2 * GIB, granted_bytes: 6 * GIB, overcommit: false };
  expect(memoryShares(promised).map((share) => [share.id, share.bytes / GIB])).toEqual([['taken', 6], ['free', 8], ['reserve', 2]]);
  expect(memoryShares({ ...promised, overcommit: true }).map((share) => share.bytes / GIB)).toEqual([9, 5, 2]);
  const over = memoryShares({ ...promised, memory_bytes: 4 * GIB, reserve_bytes: 8 * GIB });
  expect(over.reduce((sum, share) => sum + share.part, 0)).toBeCloseTo(1);
  expect(over.find((share) => share.id === 'free')?.bytes).toBe(0);
});

test('who gets a folder is read and told alike', () => {
  const audiences = [readAudience('everybody', 'x'), readAudience('groups', 'lab, course'), readAudience('users', 'ada')];
  expect(audiences.map(audienceWords)).toEqual(['everybody', 'group lab, course', 'ada']);
  expect([folderNameFor('Imaging 2026', []), folderNameFor('???', [])]).toEqual(['imaging-2026', 'folder']);
  expect([' /data/x/ ', '/', '/a//'].map(trimmedPath)).toEqual(['/data/x', '/', '/a']);
  expect(['/data/x', 'data', '/data/../etc'].map((path) => pathProblem(path) === null)).toEqual([true, false, false]);
});
