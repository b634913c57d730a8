// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { HubError } from '../api/errors';
import type { Home, IdleRules, Job, User } from '../api/types';
import { toasts } from '../components/toasts.svelte';
import { serverView } from '../events/fixtures';
import { live } from '../events/live.svelte';
import { emptySnapshot } from '../events/snapshot';
import type { Frame } from '../model/frame';
import { router } from '../router.svelte';
import People from './People.svelte';
import RemovePersonDialog from './people/RemovePersonDialog.svelte';
import LogTab from './server/LogTab.svelte';
import ServerPage from './server/ServerPage.svelte';
import { LogTail } from './server/logTail.svelte';
import IdleForm from './settings/IdleForm.svelte';
import SizeEditor from './settings/SizeEditor.svelte';
import DeleteHomeDialog from './storage/DeleteHomeDialog.svelte';
import HomesCard from './storage/HomesCard.svelte';
import RestoreDialog from './storage/RestoreDialog.svelte';

const client = {
  deleteUser: vi.fn(), openLog: vi.fn(), getServerLog: vi.fn(), updateSize: vi.fn(), deleteHome: vi.fn(), listHomes: vi.fn(), archiveHome: vi.fn(), restoreHome: vi.fn(), createUsers: vi.fn(),
  listJobs: vi.fn(), listEntries: vi.fn(), getResources: vi.fn(), listSizes: vi.fn(), getIdleRules: vi.fn(), getIdleRule: vi.fn(), deleteIdleRule: vi.fn(),
};
const home: Home = {
  id: 'h1', spawner: 'docker', home: 'labdeck-h1', place: '/x', user: 'ida', server: '', status: 'kept', bytes: null, created: null, kept_at: null,
};

beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(live, 'client', 'get').mockReturnValue(client as never);
  live.snapshot = { ...emptySnapshot(), users: [], servers: [], stacks: [] };
  live.connection = { state: 'open' };
  toasts.list = [];
  // happy-dom has neither modal dialogs nor popovers.
  HTMLElement.prototype.hidePopover ??= () => undefined;
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) { this.open = true; };
});
afterEach(cleanup);

/** A stream of events that the test writes and ends. */
function stream(): { body: ReadableStream<Uint8Array>; say: (line: string) => void; end: () => void } {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (made) => { controller = made; } });
  const say = (line: string): void => controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify({ line })}\n\n`));
  return { body, say, end: () => controller.close() };
}

test('to erase files the name is typed first', async () => {
  const user: User = { name: 'ida', admin: false, groups: [], created: null, last_activity: null, servers: {} };
  const close = vi.fn();
  render(RemovePersonDialog, { user, close });
  const confirm = screen.getByTestId<HTMLButtonElement>('remove-confirm');
  expect(confirm.disabled).toBe(false);
  await fireEvent.click(screen.getByLabelText(/^Erase/));
  expect(confirm.disabled).toBe(true);
  await fireEvent.input(screen.getByTestId('remove-typed'), { target: { value: 'ida' } });
  await fireEvent.click(confirm);
  await vi.waitFor(() => expect(close).toHaveBeenCalled());
  expect(client.deleteUser).toHaveBeenCalledWith('ida', 'erase');
});

test('a home is deleted only after its owner was typed', async () => {
  const deleted = vi.fn();
  render(DeleteHomeDialog, { home, close: vi.fn(), deleted });
  const confirm = screen.getByTestId<HTMLButtonElement>('home-delete-confirm');
  await fireEvent.input(screen.getByTestId('home-typed'), { target: { value: 'id' } });
  expect(confirm.disabled).toBe(true);
  await fireEvent.input(screen.getByTestId('home-typed'), { target: { value: 'ida' } });
  await fireEvent.click(confirm);
  await vi.waitFor(() => expect(deleted).toHaveBeenCalled());
  expect(client.deleteHome).toHaveBeenCalledWith(home);
});

test('a refusal stands in the dialog, which stays open, and the next try takes it away', async () => {
  live.snapshot.users = [{ name: 'ida', admin: false, groups: [], created: null, last_activity: null, servers: {} }];
  const close = vi.fn();
  const restore = vi.fn().mockRejectedValueOnce(new HubError(409, 'The server ida has files already. Say that they shall be replaced.')).mockResolvedValue(undefined);
  render(RestoreDialog, { home, close, restore });
  await fireEvent.submit(screen.getByTestId('restore-dialog').querySelector('form') ?? document.body);
  expect((await screen.findByRole('alert')).textContent).toBe('This server has files already. Tick the box to put these in their place.');
  expect(close).not.toHaveBeenCalled();
  await fireEvent.submit(screen.getByTestId('restore-dialog').querySelector('form') ?? document.body);
  await vi.waitFor(() => expect(close).toHaveBeenCalled());
  expect(screen.queryByRole('alert')).toBeNull();
});

test('what belongs to nobody is offered, and homes are asked for again when a job ends', async () => {
  client.listHomes.mockResolvedValue([home, { ...home, id: 'h2', user: null, status: 'orphan' }]);
  const job: Job = { id: 4, title: 'Archiving ida', state: 'running', message: '', fraction: null };
  client.archiveHome.mockResolvedValue(job);
  client.listJobs.mockResolvedValue([job]);
  render(HomesCard);
  await vi.waitFor(() => expect(screen.getByTestId('orphans').textContent).toContain('1 home belongs to nobody'));
  const kept = screen.getAllByTestId('home-row').find((row) => row.getAttribute('data-home') === 'h1') as HTMLElement;
  await fireEvent(kept.querySelector('[role=menu]') as Element, Object.assign(new Event('beforetoggle'), { newState: 'open' }));
  await fireEvent.click(screen.getByTestId('home-archive'));
  await vi.waitFor(() => expect(screen.getByTestId('job-row').getAttribute('data-state')).toBe('running'));
  expect(client.listHomes).toHaveBeenCalledTimes(1);
  live.snapshot.jobs = [{ ...job, state: 'done' }];
  await vi.waitFor(() => expect(client.listHomes).toHaveBeenCalledTimes(2));
});

test('a deleted home goes from the list', async () => {
  client.listHomes.mockResolvedValueOnce([home]).mockResolvedValue([]);
  render(HomesCard);
  await vi.waitFor(() => expect(screen.getByTestId('home-row')).toBeTruthy());
  await fireEvent(screen.getByRole('menu', { hidden: true }), Object.assign(new Event('beforetoggle'), { newState: 'open' }));
  await fireEvent.click(screen.getByTestId('home-delete'));
  await fireEvent.input(screen.getByTestId('home-typed'), { target: { value: 'ida' } });
  await fireEvent.click(screen.getByTestId('home-delete-confirm'));
  await vi.waitFor(() => expect(screen.queryByTestId('home-row')).toBeNull());
  expect(toasts.list.map((toast) => toast.kind)).toEqual(['done']);
});

test('a person is given back to the rules of all', async () => {
  live.snapshot.users = [{ name: 'ida', admin: false, groups: [], created: null, last_activity: null, servers: {} }];
  client.getIdleRules.mockResolvedValue({ idle_seconds: null, busy_silent_seconds: null, max_age_seconds: null, warn_seconds: 600, pinned: [] });
  client.getIdleRule.mockResolvedValue({ idle_seconds: null });
  render(People, { frame: { authenticator: 'native' } as Frame });
  await fireEvent.click(screen.getByTestId('person-idle'));
  await vi.waitFor(() => expect(screen.getByTestId('idle-after')).toBeTruthy());
  await fireEvent.click(screen.getByLabelText(/^The rules of all/));
  await fireEvent.click(screen.getByTestId('person-idle-drop'));
  await vi.waitFor(() => expect(toasts.list.map((toast) => toast.text)).toEqual(['The rules of all hold for ida.']));
  expect(client.deleteIdleRule).toHaveBeenCalledWith('ida');
});

test('a new size gets a word of its own, and a refusal is shown where it was typed', async () => {
  live.snapshot.sizes = [];
  client.updateSize.mockRejectedValueOnce(new HubError(400, 'This computer has 8 GB.')).mockResolvedValue(undefined);
  client.listSizes.mockResolvedValue([]);
  const close = vi.fn();
  const size = { name: '', display_name: '', offered: true, is_default: true, groups: [], limits: { memory_bytes: 2 ** 31, cpus: 1, pids: 512, shm_bytes: null, gpus: 0 } };
  render(SizeEditor, { size, fresh: true, close });
  await fireEvent.input(screen.getByTestId('size-name'), { target: { value: 'Extra large' } });
  await fireEvent.input(screen.getByTestId('size-memory'), { target: { value: '16' } });
  const form = screen.getByTestId('size-editor').querySelector('form') as HTMLFormElement;
  await fireEvent.submit(form);
  await vi.waitFor(() => expect(screen.getByRole('alert').textContent).toBe('This computer has 8 GB.'));
  expect(close).not.toHaveBeenCalled();
  await fireEvent.submit(form);
  await vi.waitFor(() => expect(close).toHaveBeenCalled());
  expect(client.updateSize).toHaveBeenLastCalledWith(expect.objectContaining({ name: 'extra-large', limits: expect.objectContaining({ memory_bytes: 2 ** 34 }) }));
});

test('idle rules say what they mean while they are typed, and what the file sets is locked', async () => {
  const save = vi.fn(() => Promise.resolve());
  const rule: IdleRules = { idle_seconds: null, busy_silent_seconds: null, max_age_seconds: 86_400, warn_seconds: 600, pinned: [] };
  render(IdleForm, { rule, pinned: ['max_age_seconds'], save });
  expect(screen.getByTestId<HTMLInputElement>('idle-age').disabled).toBe(true);
  await fireEvent.input(screen.getByTestId('idle-after'), { target: { value: '2' } });
  expect(screen.getByTestId('idle-words').textContent).toContain('nobody used for 2 hours is stopped');
  await fireEvent.input(screen.getByTestId('idle-after'), { target: { value: 'soon' } });
  expect(screen.getByTestId<HTMLButtonElement>('idle-save').disabled).toBe(true);
  await fireEvent.input(screen.getByTestId('idle-after'), { target: { value: '0,5' } });
  await fireEvent.click(screen.getByTestId('idle-save'));
  expect(save).toHaveBeenCalledWith({ idle_seconds: 1800, busy_silent_seconds: null, max_age_seconds: 86_400, warn_seconds: 600 });
});

test('a log is followed, searched, and stays readable when the server ends', async () => {
  const log = stream();
  client.openLog.mockResolvedValue(log.body);
  render(LogTab, { line: { user: 'ada', name: '', server: serverView() } });
  log.say('first <b>line</b>');
  log.say('second line');
  await vi.waitFor(() => expect(screen.getByTestId('log-lines').textContent).toBe('first <b>line</b>\nsecond line'));
  const search = screen.getByTestId('log-search');
  await fireEvent.input(search, { target: { value: 'LINE' } });
  expect(screen.getByTestId('log-hits').textContent).toBe('2 hits');
  await fireEvent.keyDown(search, { key: 'Enter' });
  expect(screen.getByTestId('log-hits').textContent).toBe('1 of 2');
  log.end();
  await vi.waitFor(() => expect(screen.getByTestId('log-state').textContent).toBe('Not running'));
  expect(client.openLog).toHaveBeenCalledTimes(1);
  expect(screen.getByTestId('log-lines').textContent).toContain('second');
});

test('a log that cannot be followed is read once', async () => {
  client.openLog.mockRejectedValue(new HubError(409, 'It does not run.'));
  client.getServerLog.mockResolvedValue(['the last words']);
  const tail = new LogTail();
  const end = tail.follow('ada', '');
  await vi.waitFor(() => expect(tail.lines).toEqual(['the last words']));
  expect([tail.state, tail.refused]).toEqual(['ended', null]);
  end();
});

test('a broken stream of a log is taken up again', async () => {
  const second = stream();
  client.openLog.mockRejectedValueOnce(new HubError(0, 'The hub does not answer.')).mockResolvedValue(second.body);
  const tail = new LogTail();
  const end = tail.follow('ada', '');
  await vi.waitFor(() => expect(tail.refused).toBe('The hub does not answer.'));
  second.say('back');
  await vi.waitFor(() => expect([tail.lines, tail.refused]).toEqual([['back'], null]), { timeout: 3000 });
  end();
});

test("a server's page shows its history and what comes to it, and says where there is no such server", async () => {
  const entry = (id: number, message: string) => ({ id, at: '2026-11-20T08:00:00Z', kind: 'ready', message });
  client.listEntries.mockResolvedValue([entry(1, 'It is ready.')]);
  live.snapshot.servers = [{ user: 'ada', server: serverView() }];
  router.go('servers', 'ada', '~', 'events');
  const { rerender } = render(ServerPage, { user: 'ada', server: '' });
  await vi.waitFor(() => expect(screen.getByTestId('entries').textContent).toContain('It is ready.'));
  live.snapshot.noted = { 'ada/': [entry(2, 'It was stopped.')] };
  await vi.waitFor(() => expect(screen.getAllByTestId('entry').map((row) => row.textContent?.trim().slice(-15))).toEqual(['It was stopped.', ' It is ready.'].map((text) => expect.stringContaining(text.trim()))));
  await rerender({ user: 'nobody', server: '' });
  expect(screen.getByText('There is no such server')).toBeTruthy();
});

/** Adds ida, whose name somebody had before. */
async function addIda(): Promise<void> {
  client.createUsers.mockResolvedValue([{ name: 'ida', labdeck_kept_homes: [home, { ...home, id: 'h9', user: 'dan' }] }]);
  client.listHomes.mockResolvedValue([{ ...home, bytes: 3 * 2 ** 20 }]);
  client.listJobs.mockResolvedValue([]);
  render(People, { frame: { authenticator: 'pam' } as Frame });
  await fireEvent.click(screen.getByTestId('add-person'));
  await fireEvent.input(screen.getByTestId('person-names'), { target: { value: 'ida' } });
  await fireEvent.click(screen.getByTestId('add-submit'));
  await screen.findByTestId('kept-homes-dialog');
}

test('files in the way are replaced only after a question that says what becomes of them', async () => {
  client.restoreHome.mockRejectedValueOnce(new HubError(409, 'The server ida has files already. Say that they shall be replaced.')).mockResolvedValue({ id: 1 });
  await addIda();
  await vi.waitFor(() => expect(screen.getByTestId('kept-home-size').textContent).toBe('3 MB'));
  await fireEvent.click(screen.getByTestId('kept-home-give'));
  await vi.waitFor(() => expect(screen.getByTestId('kept-home-taken').textContent).toContain('What it has now is not lost'));
  expect([client.restoreHome.mock.calls.length, toasts.list.filter((toast) => toast.kind === 'error')]).toEqual([1, []]);
  await fireEvent.click(screen.getByTestId('kept-home-replace'));
  await vi.waitFor(() => expect(client.restoreHome).toHaveBeenLastCalledWith('h1', { user: 'ida', server: '', replace: true }));
  await vi.waitFor(() => expect(screen.getByTestId('kept-home-give').textContent).toBe('Given'));
});

test('a new person is given what an earlier one of the name left by a click, and never without', async () => {
  client.restoreHome.mockResolvedValue({ id: 1, state: 'running' });
  await addIda();
  expect(screen.getAllByTestId('kept-home')).toHaveLength(1);
  expect(client.restoreHome).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId('kept-home-give'));
  await vi.waitFor(() => expect(client.restoreHome).toHaveBeenCalledWith('h1', { user: 'ida', server: '', replace: false }));
  await fireEvent.click(screen.getByTestId('kept-homes-leave'));
  await vi.waitFor(() => expect(screen.queryByTestId('kept-homes-dialog')).toBeNull());
});
