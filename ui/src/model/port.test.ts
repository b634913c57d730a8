import { expect, test } from 'vitest';

import { offeredPort } from './port';

test('the port that the hub found is offered, else the next', () => {
  expect(offeredPort(8003, 8000)).toBe(8003);
  expect(offeredPort(null, 8000)).toBe(8001);
  expect(offeredPort(null, 65_535)).toBe(8000);
});
