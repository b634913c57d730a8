import { expect, test } from 'vitest';

import { SseReader } from './sse';

const STREAM = ': hello\n\nid: 1\ndata: {"a":1}\n\ndata: two\ndata: lines\r\n\r\n: ping\n\nid: 3\ndata:x\n\n';

test('payloads come out whole, however the text is cut', () => {
  const expected = ['{"a":1}', 'two\nlines', 'x'];
  for (let size = 1; size <= STREAM.length; size += 1) {
    const reader = new SseReader();
    const seen: string[] = [];
    for (let at = 0; at < STREAM.length; at += size) seen.push(...reader.push(STREAM.slice(at, at + size)));
    expect(seen, `pieces of ${size}`).toEqual(expected);
  }
});

test('an event that has not ended is kept back', () => {
  const reader = new SseReader();
  expect(reader.push('data: half')).toEqual([]);
  expect(reader.push(' and half\n')).toEqual([]);
  expect(reader.push('\n')).toEqual(['half and half']);
});
