// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { HubError } from '../../api/errors';
import type { Service } from '../../api/types';
import { live } from '../../events/live.svelte';
import { applyEvent, emptySnapshot } from '../../events/snapshot';
import type { Frame } from '../../model/frame';
import { serviceFacts, serviceLink, serviceProblem, serviceTrouble, serviceWord } from '../../model/service';
import Services from '../Services.svelte';

const client = { listServices: vi.fn(), createService: vi.fn(), deleteService: vi.fn(), restartService: vi.fn(), getServiceLog: vi.fn() };
const frame = { addresses: ['http://lab.local:8000/'] } as Frame;
const NOW = Date.parse('2026-11-20T12:00:00Z');
const service = (over: Partial<Service> = {}): Service => ({
  name: 'reports', from_config: true, admin: false, display: true, url: null, prefix: null, state: 'running', pid: 7, since: '2026-11-20T11:00:00Z',
  next_start: null, restarts: 0, last_exit: null, healthy: null, trouble: null, ...over,
});

beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(live, 'client', 'get').mockReturnValue(client as never);
  live.snapshot = emptySnapshot();
  live.failures = {};
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) { this.open = true; };
});
afterEach(cleanup);

test('what a service does is a word, and what is wrong a sentence', () => {
  expect(serviceWord(service(), NOW)).toEqual({ word: 'Running', tone: 'ready' });
  const waiting = service({ state: 'waiting', next_start: '2026-11-20T12:00:41Z', last_exit: { at: '2026-11-20T11:59:00Z', code: 1, signal: null, message: 'It ended with code 1.' } });
  expect(serviceWord(waiting, NOW)).toEqual({ word: 'Failed · starts again in 41 s', tone: 'failed' });
  expect(serviceTrouble(waiting)).toBe('It ended with code 1.');
  const away = service({ state: 'external', url: 'http://127.0.0.1:9', healthy: false, trouble: 'Nothing listens there.' });
  expect([serviceWord(away, NOW).word, serviceTrouble(away)]).toEqual(['Does not answer', 'Nothing listens there.']);
  expect(serviceFacts(service({ restarts: 1 }), NOW)).toBe('from the configuration file · for 60 min · started again 1 time'.replace('60 min', '1 h'));
});

test('its address lies below the address of the hub', () => {
  expect(serviceLink(service({ prefix: '/services/reports/' }), 'http://lab.local:8000/')).toBe('http://lab.local:8000/services/reports/');
  expect(serviceLink(service(), 'http://lab.local:8000/')).toBeNull();
  expect([serviceProblem('re ports', ''), serviceProblem('reports', 'ftp://x'), serviceProblem('reports', 'http://127.0.0.1:9')].map((text) => text === null)).toEqual([false, false, true]);
});

test('the list says what it waits for, why it is refused, and that there are none', async () => {
  client.listServices.mockRejectedValueOnce(new HubError(403, 'Not for you.')).mockResolvedValue([]);
  render(Services, { frame });
  expect(screen.getByRole('status').textContent).toBe('Looking…');
  expect(await screen.findByText('Not for you.')).toBeTruthy();
  await live.refresh('services');
  expect(await screen.findByText('No services')).toBeTruthy();
  expect(applyEvent(live.snapshot, { type: 'services_changed' })).toEqual(['services']);
});

test('one that was added can be removed, one of the file cannot', async () => {
  client.listServices.mockResolvedValueOnce([service(), service({ name: 'gallery', from_config: false, state: 'external' })]).mockResolvedValue([service()]);
  render(Services, { frame });
  await screen.findAllByTestId('service-row');
  expect(screen.getAllByTestId('service-remove')).toHaveLength(1);
  expect(screen.getAllByTestId('service-restart')).toHaveLength(1);
  await fireEvent.click(screen.getByTestId('service-remove'));
  await fireEvent.click(screen.getByTestId('service-remove-confirm'));
  await vi.waitFor(() => expect(screen.getAllByTestId('service-row')).toHaveLength(1));
  expect(client.deleteService).toHaveBeenCalledWith('gallery');
});

test('a service is added with what was typed, and a refusal stands in the dialog', async () => {
  client.listServices.mockResolvedValue([]);
  client.createService.mockRejectedValueOnce(new HubError(409, 'Service gallery already exists')).mockResolvedValue(undefined);
  render(Services, { frame });
  await fireEvent.click(screen.getByTestId('service-add'));
  await fireEvent.input(screen.getByTestId('service-name'), { target: { value: 'gallery' } });
  await fireEvent.input(screen.getByTestId('service-url'), { target: { value: 'http://127.0.0.1:9100' } });
  const form = screen.getByTestId('service-editor').querySelector('form') as HTMLFormElement;
  await fireEvent.submit(form);
  expect((await screen.findByRole('alert')).textContent).toBe('Service gallery already exists');
  await fireEvent.submit(form);
  await vi.waitFor(() => expect(screen.queryByTestId('service-editor')).toBeNull());
  expect(client.createService).toHaveBeenLastCalledWith('gallery', { display: true, oauth_no_confirm: false, url: 'http://127.0.0.1:9100' });
});

test('a log that stays the same is not drawn anew, and grows by itself', async () => {
  vi.useFakeTimers();
  try {
    live.snapshot.services = [service()];
    client.listServices.mockResolvedValue([service()]);
    client.getServiceLog.mockResolvedValueOnce(['one']).mockResolvedValue(['one', 'two <b>']);
    render(Services, { frame });
    await fireEvent.click(screen.getByTestId('service-log'));
    await vi.advanceTimersByTimeAsync(10);
    expect(screen.getByTestId('log-lines').textContent).toBe('one');
    await vi.advanceTimersByTimeAsync(2100);
    expect(screen.getByTestId('log-lines').textContent).toBe('one\ntwo <b>');
  } finally {
    vi.useRealTimers();
  }
});
