import { expect, test } from 'vitest';

import { offeredPort } from './port';

test('the offered port is taken from the sentence, else it is the next', () => {
  expect(offeredPort('Port 8000 is used by python3 (process 41). Port 8001 is free.', 8000)).toBe(8001);
  expect(offeredPort('Something else listens on port 8000.', 8000)).toBe(8001);
  expect(offeredPort('No.', 65_535)).toBe(8000);
});
