// @vitest-environment happy-dom
import { expect, test } from 'vitest';

import { hashOf, pathOf, sectionOf, serverHash } from './router.svelte';

test('an address names a section and what is in it, whatever the names are', () => {
  const hash = serverHash('ola å/../x', '', 'log');
  expect(hash).toBe('#/servers/ola%20%C3%A5%2F..%2Fx/~/log');
  expect([sectionOf(hash), pathOf(hash)]).toEqual(['servers', ['ola å/../x', '~', 'log']]);
  expect(serverHash('ada', 'gpu')).toBe('#/servers/ada/gpu');
  expect(hashOf('storage')).toBe('#/storage');
});

test('what is unknown or broken shows the overview or nothing, and never fails', () => {
  expect([sectionOf('#/nowhere'), sectionOf(''), pathOf('')]).toEqual(['overview', 'overview', []]);
  expect(pathOf('#/servers/%E0%A4%A/~')).toEqual(['%E0%A4%A', '~']);
});
