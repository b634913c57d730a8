import { expect, test } from 'vitest';

import { endpointFromAddress, panelBase, xsrfToken } from './bridge';

test('base and token are read from the address, and only together', () => {
  expect(endpointFromAddress('?base=http://127.0.0.1:9', '#token=a%2Bb')).toEqual({ base: 'http://127.0.0.1:9', token: 'a+b' });
  expect(endpointFromAddress('?base=http://127.0.0.1:9', '#/?token=x')).toEqual({ base: 'http://127.0.0.1:9', token: 'x' });
  expect(endpointFromAddress('?base=http://127.0.0.1:9', '#/servers')).toBeNull();
  expect(endpointFromAddress('', '#token=x')).toBeNull();
});

test('a page of the hub knows the path below which the hub lies', () => {
  expect(['/hub/admin/', '/lab/hub/admin/', '/', '/index.html', '/hub/home'].map(panelBase)).toEqual(['', '/lab', null, null, null]);
});

test('the token beside the session is read from its cookie', () => {
  expect([xsrfToken('a=1; _xsrf=tok-1_A; b=2'), xsrfToken('x_xsrf=no'), xsrfToken('')]).toEqual(['tok-1_A', '', '']);
});
