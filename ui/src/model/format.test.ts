import { expect, test } from 'vitest';

import { counted, formatAgo, formatBytes, formatCpus, formatSpan } from './format';

test('bytes carry a unit and no more digits than are read', () => {
  const table: [number, string][] = [
    [0, '0 bytes'], [900, '900 bytes'], [1023.9 * 1024, '1 MB'], [2 ** 31, '2 GB'], [1.55 * 2 ** 30, '1.6 GB'],
    [250 * 2 ** 20, '250 MB'], [3 * 2 ** 40, '3 TB'], [-5, '0 bytes'],
  ];
  for (const [bytes, text] of table) expect(formatBytes(bytes), String(bytes)).toBe(text);
});

test('processors', () => {
  expect([0, 0.04, 0.25, 1, 3.14, 12.6].map(formatCpus)).toEqual(['0', '0', '0.3', '1', '3.1', '13']);
});

test('spans and ages', () => {
  expect([5e3, 65e3, 3.7e6, 50 * 3.6e6].map(formatSpan)).toEqual(['5 s', '1 min', '1 h', '2 days']);
  const now = Date.parse('2026-11-20T10:00:00Z');
  expect(formatAgo(null, now)).toBe('never');
  expect(formatAgo('2026-11-20T09:59:55Z', now)).toBe('just now');
  expect(formatAgo('2026-11-20T10:00:30Z', now)).toBe('just now');
  expect(formatAgo('2026-11-20T09:15:00Z', now)).toBe('45 min ago');
});

test('counts', () => {
  expect([counted(1, 'person', 'people'), counted(0, 'person', 'people')]).toEqual(['1 person', '0 people']);
});
