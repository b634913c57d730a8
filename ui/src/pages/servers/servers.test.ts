// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Diagnosis, Resources, ServerView, StartOptions } from '../../api/types';
import { toasts } from '../../components/toasts.svelte';
import { serverView } from '../../events/fixtures';
import { live } from '../../events/live.svelte';
import { emptySnapshot, serverKey } from '../../events/snapshot';
import GpuBoard from './GpuBoard.svelte';
import ServerRow from './ServerRow.svelte';
import ServerTable from './ServerTable.svelte';
import StartDialog from './StartDialog.svelte';
import StopDialog from './StopDialog.svelte';
import WhyPanel from './WhyPanel.svelte';
import { ServerActions } from './actions.svelte';

const client = {
  findDiagnosis: vi.fn(), fixServer: vi.fn(), getStartOptions: vi.fn(), startServer: vi.fn(), restartServer: vi.fn(), stopServer: vi.fn(), getResources: vi.fn(), listServers: vi.fn(),
};
const ready = (over: Partial<ServerView> = {}): ServerView => serverView({ ready: true, stopped: false, labdeck_state: 'Ready', ...over });
const line = (user: string, server: ServerView) => ({ user, name: '', server });
const size = (name: string, over = {}) => ({
  name, display_name: name.toUpperCase(), offered: true, is_default: false, groups: [], fits: true, why_not: null,
  limits: { memory_bytes: 2 ** 30, cpus: 1, pids: null, shm_bytes: null }, ...over,
});
const options: StartOptions = {
  stacks: [], images: [], folders: [{ name: 'data', display_name: 'Data', writable: false, target: '/data' }], last: { stack: null, size: 's', image: null, folders: null }, usual_seconds: {},
  sizes: [size('s'), size('l', { why_not: 'It waits for 4 GB.' })],
};

beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(live, 'client', 'get').mockReturnValue(client as never);
  live.snapshot = { ...emptySnapshot(), users: [], servers: [], stacks: [] };
  live.failures = {};
  toasts.list = [];
  // happy-dom has no modal dialogs.
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) { this.open = true; };
});
afterEach(cleanup);

const shown = (): (string | null)[] => screen.getAllByTestId('server-row').map((row) => row.getAttribute('data-user'));

test('rows keep their places while the pointer is over the table, and take new ones after', async () => {
  const lines = [line('ada', serverView()), line('bob', ready())];
  const { rerender } = render(ServerTable, { lines, actions: new ServerActions() });
  expect(shown()).toEqual(['bob', 'ada']);
  await fireEvent.pointerEnter(screen.getByTestId('servers-table'));
  await rerender({ lines: [line('ada', ready()), line('bob', serverView())] });
  expect(shown()).toEqual(['bob', 'ada']);
  await fireEvent.pointerLeave(screen.getByTestId('servers-table'));
  expect(shown()).toEqual(['ada', 'bob']);
});

test('a row tells what it waits for, and is greyed while nothing is known of it', () => {
  const waiting = { kind: 'gpu', position: 1, message: 'All graphics cards are held.' } as const;
  const table = document.createElement('tbody');
  render(ServerRow, { target: table, props: { line: line('ada', ready({ labdeck_waiting: waiting, labdeck_engine_gone: true })), actions: new ServerActions(), gpus: false } });
  expect(within(table).getByTestId('server-reason').textContent).toBe('All graphics cards are held.');
  expect(table.querySelector('tr')?.classList.contains('gone')).toBe(true);
});

test('an idle server stops at once, one in use only after the question', async () => {
  const actions = new ServerActions();
  const long = '2020-01-01T00:00:00Z';
  const now = new Date().toISOString();
  client.listServers.mockResolvedValue([{ user: 'ada', server: ready({ last_activity: long }) }, { user: 'bob', server: ready({ last_activity: now }) }]);
  await actions.stop(line('ada', ready({ last_activity: long })));
  expect([client.stopServer.mock.calls, actions.open]).toEqual([[['ada', '']], null]);
  // What the window saw last is old: nothing told it of the use since.
  const busy = line('bob', ready({ last_activity: long }));
  await actions.stop(busy);
  expect([client.stopServer.mock.calls.length, actions.open]).toEqual([1, 'stop']);
  render(StopDialog, { line: busy, actions });
  expect(screen.getByTestId('stop-busy').textContent).toBe('It is in use at this moment.');
  await fireEvent.click(screen.getByTestId('stop-confirm'));
  await vi.waitFor(() => expect(client.stopServer).toHaveBeenLastCalledWith('bob', ''));
});

test('a start asks where there is a choice, and sends what was chosen', async () => {
  client.getStartOptions.mockResolvedValue(options);
  const actions = new ServerActions();
  await actions.start(line('ada', serverView()));
  expect(actions.open).toBe('start');
  render(StartDialog, { line: line('ada', serverView()), actions, options });
  expect(screen.getByText('It waits for 4 GB.')).toBeTruthy();
  await fireEvent.click(screen.getByLabelText(/^L /));
  await fireEvent.click(screen.getByLabelText(/^Data/));
  await fireEvent.submit(screen.getByTestId('start-submit').closest('dialog')?.querySelector('form') as HTMLFormElement);
  expect(client.startServer).toHaveBeenCalledWith('ada', '', { size: 'l', folders: [] });
  expect(actions.open).toBeNull();
});

test('with nothing to choose it starts at once', async () => {
  client.getStartOptions.mockResolvedValue({ ...options, folders: [], sizes: [size('s')] });
  const actions = new ServerActions();
  await actions.start(line('ada', serverView()));
  expect([client.startServer.mock.calls, actions.open]).toEqual([[['ada', '', null]], null]);
});

test('a restart takes the same choice to another call', async () => {
  client.getStartOptions.mockResolvedValue(options);
  const actions = new ServerActions();
  await actions.restart(line('ada', ready()));
  await actions.startWith(line('ada', ready()), { size: 'l' });
  expect(client.restartServer).toHaveBeenCalledWith('ada', '', { size: 'l' });
  expect(client.startServer).not.toHaveBeenCalled();
});

test('Why says the cause and the steps, and offers the fix', async () => {
  const found: Diagnosis = {
    kind: 'home_not_writable', title: 'Its home cannot be written.', cause: '<img src=x onerror=alert(1)>', steps: ['Fix the ownership.'],
    fix: { id: 'ownership', label: 'Fix the ownership' }, log: ['boom'], entries: [],
  };
  client.findDiagnosis.mockResolvedValue(found);
  client.fixServer.mockResolvedValue(null);
  const { container } = render(WhyPanel, { line: line('per', serverView()) });
  await vi.waitFor(() => expect(screen.getByTestId('why-message').textContent).toBe(found.title));
  expect(container.querySelector('img')).toBeNull();
  expect(screen.getByTestId('why-cause').textContent).toBe(found.cause);
  await fireEvent.click(screen.getByTestId('why-fix'));
  await vi.waitFor(() => expect(client.fixServer).toHaveBeenCalledWith('per', '', 'ownership'));
  await vi.waitFor(() => expect(client.findDiagnosis).toHaveBeenCalledTimes(2));
});

test('a start that stands beside it already is not offered twice', async () => {
  client.findDiagnosis.mockResolvedValue({ kind: 'exited', title: 'It ended.', cause: '', steps: [], fix: { id: 'start_again', label: 'Start again' }, log: [], entries: [] });
  const { rerender } = render(WhyPanel, { line: line('per', serverView()), startable: true });
  await vi.waitFor(() => expect(screen.getByTestId('why-message').textContent).toBe('It ended.'));
  expect(screen.queryByTestId('why-fix')).toBeNull();
  await rerender({ line: line('per', serverView()), startable: false });
  expect(screen.getByTestId('why-fix').textContent).toBe('Start again');
});

test('a new state of the server is asked for anew, another event is not', async () => {
  client.findDiagnosis.mockResolvedValue(null);
  const failed = serverView({ labdeck_failure: { kind: 'x', message: 'It ended.', remedy: '', log: [] } });
  const { rerender } = render(WhyPanel, { line: line('per', failed) });
  await vi.waitFor(() => expect(screen.getByTestId('why-message').textContent).toBe('It ended.'));
  await rerender({ line: line('per', { ...failed }) });
  expect(client.findDiagnosis).toHaveBeenCalledTimes(1);
  await rerender({ line: line('per', ready()) });
  await vi.waitFor(() => expect(screen.getByText('Nothing is wrong with it any more.')).toBeTruthy());
  expect(client.findDiagnosis).toHaveBeenCalledTimes(2);
});

test('the board of cards says in words why it is empty', async () => {
  const none = { gpus: [], gpu_problem: 'The driver does not answer.' } as unknown as Resources;
  client.getResources.mockResolvedValue(none);
  render(GpuBoard, { lines: [], actions: new ServerActions() });
  await vi.waitFor(() => expect(screen.getByTestId('gpu-none').textContent).toContain('The driver does not answer.'));
});

test('a card shows who holds it and the newest figures', async () => {
  const card = { id: 'GPU-0', index: 0, name: 'T400', memory_bytes: 4 * 2 ** 30, memory_used_bytes: 0, busy: 0, temperature: 30, holders: [{ user: 'maya', server: '', since: new Date().toISOString() }] };
  client.getResources.mockResolvedValue({ gpus: [card], gpu_problem: null } as unknown as Resources);
  live.snapshot.usage = {
    [serverKey('maya', '')]: [{
      user: 'maya', server: '', cpus: 1, memory_bytes: 1, memory_limit_bytes: null, received_per_second: null, sent_per_second: null,
      gpus: [{ id: 'GPU-0', busy: 0.5, memory_bytes: 2 ** 30, temperature: 61 }],
    }],
  };
  render(GpuBoard, { lines: [], actions: new ServerActions() });
  await vi.waitFor(() => expect(screen.getByTestId('gpu-card').textContent).toMatch(/maya.*1 GB of 4 GB.*50 % busy.*61 °C/s));
});
