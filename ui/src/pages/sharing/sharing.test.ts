// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { HubError } from '../../api/errors';
import type { OwnedServer, Share, ShareCode, Sharing as Known } from '../../api/types';
import { toasts } from '../../components/toasts.svelte';
import { serverView } from '../../events/fixtures';
import { live } from '../../events/live.svelte';
import { linkDesk } from '../../events/sharing.svelte';
import { applyEvent, emptySnapshot } from '../../events/snapshot';
import type { Frame } from '../../model/frame';
import { ALL_RIGHTS, rightsOf } from '../../model/rights';
import Sharing from '../Sharing.svelte';
import LinkDesk from './LinkDesk.svelte';

const client = {
  getSharing: vi.fn(), createShare: vi.fn(), takeShare: vi.fn(), leaveShare: vi.fn(), createShareCode: vi.fn(), deleteShareCode: vi.fn(), createTicket: vi.fn(), listGroups: vi.fn(),
};
const frame = { addresses: ['http://lab.local:8000/'] } as Frame;
const server = (name: string): Share['server'] => ({ user: { name }, name: '', url: `/user/${name}/`, full_url: null, ready: true });
const share = (owner: string, whom: string, over: Partial<Share> = {}): Share => ({
  server: server(owner), scopes: ['access:servers'], labdeck_allows: ['open it and work in it'], user: { name: whom }, group: null, kind: 'user', created_at: '2026-11-20T12:00:00Z', labdeck_expires_at: null, ...over,
});
const code: ShareCode = {
  server: server('lea'), scopes: [], labdeck_allows: [], id: 'sc_1', created_at: '2026-11-20T12:00:00Z', expires_at: null, exchange_count: 2, last_exchanged_at: null,
};
const known = (over: Partial<Known> = {}): Known => ({ me: 'lea', shares: [share('lea', 'ada'), share('bo', 'cy')], codes: [code], received: [share('bo', 'lea')], ...over });

beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(live, 'client', 'get').mockReturnValue(client as never);
  const owned: OwnedServer = { user: 'lea', server: serverView() };
  live.snapshot = { ...emptySnapshot(), users: [], servers: [owned], groups: [] };
  live.failures = {};
  live.rights = ALL_RIGHTS;
  linkDesk.close();
  toasts.list = [];
  client.getSharing.mockResolvedValue(known());
  client.listGroups.mockResolvedValue([]);
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) { this.open = true; };
});
afterEach(cleanup);

/** Chooses in a list. happy-dom knows no `:checked` for options, by which Svelte asks what is chosen. */
async function choose(testid: string, value: string): Promise<void> {
  const select = screen.getByTestId<HTMLSelectElement>(testid);
  const option = [...select.options].find((other) => other.value === value) ?? null;
  vi.spyOn(select, 'querySelector').mockReturnValue(option);
  await fireEvent.change(select);
}

test('one’s own, what one has, and everybody’s are apart', async () => {
  render(Sharing, { frame });
  const rows = (): string[] => screen.queryAllByTestId('share-row').map((row) => row.getAttribute('data-server') ?? '');
  await screen.findAllByTestId('share-row');
  expect(rows()).toEqual(['/user/lea/']);
  await fireEvent.click(screen.getByTestId('tab-all'));
  expect(rows()).toEqual(['/user/lea/', '/user/bo/']);
  await fireEvent.click(screen.getByTestId('tab-received'));
  expect(rows()).toEqual(['/user/bo/']);
  expect(applyEvent(live.snapshot, { type: 'shares_changed' })).toEqual(['shares']);
});

test('without the right there is no everybody, no new share, and nothing to take back', async () => {
  live.rights = rightsOf(['admin-ui']);
  render(Sharing, { frame });
  await screen.findAllByTestId('share-row');
  expect([screen.queryByTestId('tab-all'), screen.queryByTestId('share-add'), screen.queryByTestId('share-take')]).toEqual([null, null, null]);
});

test('a share is taken back at once, with a way back', async () => {
  render(Sharing, { frame });
  await fireEvent.click(await screen.findByTestId('share-take'));
  await vi.waitFor(() => expect(client.takeShare).toHaveBeenCalledWith('lea', '', { user: 'ada' }));
  await vi.waitFor(() => expect(toasts.list[0]?.action?.word).toBe('Undo'));
  await toasts.list[0]?.action?.act();
  expect(client.createShare).toHaveBeenCalledWith('lea', '', { user: 'ada', scopes: ['access:servers'] });
});

test('a link is made for a time, shown once, and withdrawn after a question', async () => {
  client.createShareCode.mockResolvedValue({ ...code, code: 'x', accept_url: '/hub/accept-share?code=x', full_accept_url: null });
  render(Sharing, { frame });
  await screen.findAllByTestId('share-row');
  await fireEvent.click(screen.getByTestId('share-add'));
  await choose('share-whom', 'link');
  await fireEvent.submit(screen.getByTestId('share-editor').querySelector('form') as HTMLFormElement);
  const text = await screen.findByTestId<HTMLInputElement>('link-text');
  expect(text.value).toBe('http://lab.local:8000/hub/accept-share?code=x');
  expect(client.createShareCode).toHaveBeenCalledWith('lea', '', 604_800);
  await fireEvent.click(screen.getByTestId('link-done'));
  await fireEvent.click(screen.getByTestId('code-withdraw'));
  expect(client.deleteShareCode).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId('code-confirm'));
  expect(client.deleteShareCode).toHaveBeenCalledWith('lea', '', 'sc_1');
});

test('a refused list says why, and an empty one what sharing is', async () => {
  client.getSharing.mockRejectedValueOnce(new HubError(403, 'Not for you.')).mockResolvedValue(known({ shares: [], codes: [], received: [] }));
  render(Sharing, { frame });
  expect(await screen.findByText('Not for you.')).toBeTruthy();
  await live.refresh('shares');
  expect(await screen.findByText('You share nothing')).toBeTruthy();
});

test('a link that is typed asks first, and one of another hub is refused in words', async () => {
  render(Sharing, { frame });
  const type = async (value: string): Promise<void> => {
    await fireEvent.input(screen.getByTestId('open-link-text'), { target: { value } });
    await fireEvent.submit(screen.getByTestId('open-link'));
  };
  await type('http://elsewhere.org/user/ada/');
  expect(screen.getByTestId('open-link-why').textContent).toContain('another hub');
  expect(linkDesk.opened).toBeNull();
  await type('http://lab.local:8000/user/ada/lab');
  expect(linkDesk.opened).toMatchObject({ kind: 'server', user: 'ada' });
  expect(client.createTicket).not.toHaveBeenCalled();
});

test('a link that is pasted or dropped opens a question, and nothing by itself', async () => {
  render(LinkDesk, { frame });
  const data = (text: string): DataTransfer => ({ getData: (kind: string) => (kind === 'text/plain' ? text : '') }) as DataTransfer;
  await fireEvent(window, Object.assign(new Event('drop', { cancelable: true }), { dataTransfer: data('just words') }));
  expect(linkDesk.opened).toBeNull();
  await fireEvent(window, Object.assign(new Event('paste', { cancelable: true }), { clipboardData: data('http://elsewhere.org/x') }));
  expect((await screen.findByTestId('link-why')).textContent).toContain('another hub');
  linkDesk.close();
  await vi.waitFor(() => expect(screen.queryByTestId('link-dialog')).toBeNull());
  await fireEvent(window, Object.assign(new Event('drop', { cancelable: true }), { dataTransfer: data('http://lab.local:8000/user/ada/') }));
  await fireEvent.click(await screen.findByTestId('link-open'));
  await vi.waitFor(() => expect(client.createTicket).toHaveBeenCalledWith('/user/ada/'));
  expect(linkDesk.opened).toBeNull();
});
