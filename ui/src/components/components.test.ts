// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { HubClient } from '../api/client';
import { HubError } from '../api/errors';
import type { Overview } from '../api/types';
import { serverView } from '../events/fixtures';
import { live } from '../events/live.svelte';
import { emptySnapshot } from '../events/snapshot';
import { ServerActions } from '../pages/servers/actions.svelte';
import ServerRow from '../pages/servers/ServerRow.svelte';
import Button from './Button.svelte';
import { toasts } from './toasts.svelte';
import { createRawSnippet } from 'svelte';

const HOSTILE = '<img src=x onerror=alert(1)>';
const words = createRawSnippet(() => ({ render: () => '<span>Press</span>' }));

beforeEach(() => {
  live.snapshot = { ...emptySnapshot(), users: [], servers: [], stacks: [] };
  toasts.list = [];
});
afterEach(cleanup);

test('names from outside are shown as text', () => {
  const table = document.createElement('tbody');
  const line = { user: HOSTILE, name: '', server: serverView({ labdeck_state: HOSTILE, labdeck_stack: HOSTILE }) };
  render(ServerRow, { target: table, props: { line, actions: new ServerActions(), gpus: false } });
  expect(table.querySelector('img')).toBeNull();
  expect(table.textContent).toContain(HOSTILE);
});

test('a failure is said in the words of the hub, and the button can be pressed again', async () => {
  const act = vi.fn(() => Promise.reject(new HubError(429, 'Too many servers are starting. Try again in 10 s.')));
  render(Button, { act, children: words });
  const button = screen.getByRole('button');
  await fireEvent.click(button);
  await vi.waitFor(() => expect(toasts.list.map((toast) => toast.text)).toEqual(['Too many servers are starting. Try again in 10 s.']));
  await fireEvent.click(button);
  expect(act).toHaveBeenCalledTimes(2);
});

test('presses while the work is under way do nothing', async () => {
  const act = vi.fn(() => new Promise(() => undefined));
  render(Button, { act, children: words });
  await fireEvent.click(screen.getByRole('button'));
  await fireEvent.click(screen.getByRole('button'));
  expect(act).toHaveBeenCalledTimes(1);
  expect(screen.getByRole('button').getAttribute('aria-busy')).toBe('true');
});

test("somebody else's server is opened only after the question", async () => {
  const createTicket = vi.fn(() => Promise.resolve({ url: '', expires_at: '' }));
  vi.spyOn(live, 'client', 'get').mockReturnValue({ createTicket } as unknown as HubClient);
  live.snapshot.overview = { hub: { lead: 'anna' } } as Overview;
  const actions = new ServerActions();
  await actions.visit({ user: 'maya', name: '', server: serverView({ url: '/user/maya/' }) });
  expect([actions.open, createTicket.mock.calls.length]).toEqual(['visit', 0]);
  actions.close();
  await actions.visit({ user: 'anna', name: '', server: serverView({ url: '/user/anna/' }) });
  expect(actions.open).toBeNull();
  expect(createTicket).toHaveBeenCalledWith('/user/anna/');
});

test('errors go with the page that they belong to, the rest stays its time', () => {
  toasts.add('error', 'No.');
  toasts.add('done', 'Copied.');
  toasts.dismissErrors();
  expect(toasts.list.map((toast) => toast.text)).toEqual(['Copied.']);
});
