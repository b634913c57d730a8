import { expect, test } from 'vitest';

import type { Frame } from './frame';
import { readLink } from './share';

const frame = { addresses: ['http://lab.local:8000/', 'http://192.168.1.20:8000/'] } as Frame;
const below = { addresses: ['https://lab.local/jupyter/'] } as Frame;
const kind = (link: string, hub = frame): string => readLink(link, hub, 'http://127.0.0.1:8000/').kind;

test('links of this hub are told apart, whole or as a path', () => {
  expect(readLink('http://lab.local:8000/hub/accept-share?code=abc', frame)).toEqual({ kind: 'accept', path: '/hub/accept-share?code=abc' });
  expect(readLink(' /user/ada/gpu/lab/tree/a%20b.ipynb ', frame)).toEqual({ kind: 'server', path: '/user/ada/gpu/lab/tree/a%20b.ipynb', user: 'ada', server: 'gpu' });
  expect(readLink('http://192.168.1.20:8000/user/zo%C3%AB/lab', frame)).toMatchObject({ kind: 'server', user: 'zoë', server: '' });
  expect(readLink('http://127.0.0.1:8000/hub/user-redirect/lab/tree/x', frame, 'http://127.0.0.1:8000/')).toEqual({ kind: 'own', path: '/hub/user-redirect/lab/tree/x' });
  expect([kind('https://lab.local/jupyter/user/ada/', below), kind('https://lab.local/user/ada/', below)]).toEqual(['server', 'wrong']);
});

test('what is none is refused in words', () => {
  const why = (link: string, hub = frame): string => {
    const read = readLink(link, hub);
    return read.kind === 'wrong' ? read.why : read.kind;
  };
  expect(why('http://other.example.org/hub/accept-share?code=1')).toContain('of another hub, other.example.org');
  expect(why('http://lab.local:9000/user/ada/')).toContain('of another hub');
  expect(why('http://lab.local:8000/hub/accept-share')).toContain('code is missing');
  expect(why('http://lab.local:8000/hub/home')).toContain('no shared server');
  expect(why('http://lab.local:8000/user/%E0%A4%A/')).toContain('damaged');
  expect(why('http://lab.local:8000/user//ada')).toContain('nowhere');
  expect(why('http://lab.local:8000/user/ada/%2e%2e/%2E%2E/hub/quit')).not.toBe('server');
  for (const bad of ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x']) expect(why(bad)).toContain('no link to a hub');
  expect([why('two words'), why('')].every((text) => text !== 'server')).toBe(true);
  expect(why('/user/ada/', { addresses: [] as string[] } as Frame)).toContain('no address while it is off');
});
