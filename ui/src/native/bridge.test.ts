import { expect, test } from 'vitest';

import { endpointFromAddress } from './bridge';

test('base and token are read from the address, and only together', () => {
  expect(endpointFromAddress('?base=http://127.0.0.1:9', '#token=a%2Bb')).toEqual({ base: 'http://127.0.0.1:9', token: 'a+b' });
  expect(endpointFromAddress('?base=http://127.0.0.1:9', '#/?token=x')).toEqual({ base: 'http://127.0.0.1:9', token: 'x' });
  expect(endpointFromAddress('?base=http://127.0.0.1:9', '#/servers')).toBeNull();
  expect(endpointFromAddress('', '#token=x')).toBeNull();
});
