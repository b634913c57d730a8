import { afterEach, expect, test, vi } from 'vitest';

import { HubClient } from './client';
import { HubError, errorText } from './errors';

afterEach(() => vi.unstubAllGlobals());

/** A client whose requests are noted, and answered one after the other. */
function clientWith(...answers: (Response | Error)[]): { client: HubClient; asked: Request[] } {
  const asked: Request[] = [];
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request);
    const next = answers.shift();
    return next instanceof Response ? Promise.resolve(next) : Promise.reject(next);
  });
  return { client: new HubClient({ base: 'http://127.0.0.1:1/', token: 'secret' }), asked };
}

const refusal = async (call: Promise<unknown>): Promise<HubError> => call.then(() => expect.fail('it should fail'), (cause) => cause);

test('requests carry the token, and names in paths are written so that they stay names', async () => {
  const { client, asked } = clientWith(new Response(null, { status: 202 }), new Response('', { status: 201 }), new Response(null, { status: 204 }));
  await client.startServer('a/../b', '', { stack: 'scipy' });
  await client.startServer('ada', 'gpu', null);
  await client.deleteUser('ola å', 'archive');
  expect(asked.map((request) => `${request.method} ${request.url}`)).toEqual([
    'POST http://127.0.0.1:1/hub/api/users/a%2F..%2Fb/server',
    'POST http://127.0.0.1:1/hub/api/users/ada/servers/gpu',
    'DELETE http://127.0.0.1:1/hub/api/users/ola%20%C3%A5?labdeck_homes=archive',
  ]);
  expect(asked.map((request) => request.headers.get('authorization'))).toEqual(Array(3).fill('token secret'));
  expect(await asked[0]?.json()).toEqual({ labdeck_queue: true, user_options: { stack: 'scipy' } });
});

test('a restart keeps what was chosen unless something else is, and `~` is the default server', async () => {
  const { client, asked } = clientWith(new Response(null, { status: 202 }), new Response(null, { status: 202 }));
  await client.restartServer('ada', '', null);
  await client.restartServer('ada', 'gpu', { size: 'l' });
  expect(asked.map((request) => `${request.method} ${new URL(request.url).pathname}`)).toEqual([
    'POST /hub/api/labdeck/servers/ada/~/restart',
    'POST /hub/api/labdeck/servers/ada/gpu/restart',
  ]);
  expect(await Promise.all(asked.map((request) => request.json()))).toEqual([{}, { user_options: { size: 'l' } }]);
});

test('a refusal keeps the words of the hub and the port that it offers', async () => {
  const words = { status: 409, message: 'Port 8000 is taken.', free_port: 8003 };
  const { client } = clientWith(Response.json(words, { status: 409 }), new Response('<html>', { status: 502 }));
  expect(await refusal(client.updateHub({ on: true }))).toMatchObject({ status: 409, message: 'Port 8000 is taken.', freePort: 8003 });
  expect(await refusal(client.getOverview())).toMatchObject({ status: 502, message: 'The hub refused this (status 502).', freePort: null });
});

test('no answer at all is said as such', async () => {
  const { client } = clientWith(new TypeError('Failed to fetch'));
  expect(await refusal(client.listJobs())).toMatchObject({ status: 0, message: 'The hub does not answer. The window keeps trying to reach it.' });
});

test('people are fetched page by page', async () => {
  const page = (count: number): Response => Response.json(Array.from({ length: count }, (_, n) => ({ name: `u${n}` })));
  const { client, asked } = clientWith(page(200), page(3));
  expect(await client.listUsers()).toHaveLength(203);
  expect(asked.map((request) => new URL(request.url).searchParams.get('offset'))).toEqual(['0', '200']);
});

test('the stream of events is handed on unread', async () => {
  const { client, asked } = clientWith(new Response('data: {}\n\n', { headers: { 'Content-Type': 'text/event-stream' } }));
  const body = await client.openEvents(7, new AbortController().signal);
  expect(await new Response(body).text()).toBe('data: {}\n\n');
  expect(asked[0]?.url).toBe('http://127.0.0.1:1/hub/api/labdeck/events?since=7');
});

test('whatever was thrown becomes a sentence', () => {
  expect(errorText(new Error('The disk is full.'))).toBe('The disk is full.');
  expect(errorText('The keyring is locked.')).toBe('The keyring is locked.');
  expect(errorText({ odd: true })).toContain('Something went wrong');
});
