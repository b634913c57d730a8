// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Job } from '../api/types';
import { toasts } from '../components/toasts.svelte';
import { live } from './live.svelte';
import { saveFile } from './saves.svelte';
import { emptySnapshot } from './snapshot';

const client = { startDownload: vi.fn(), showDownload: vi.fn() };
const job: Job = { id: 3, title: 'Saving ada.log', state: 'running', message: '', fraction: null };
const log = { of: 'log', user: 'ada', server: '' } as const;
const fetchFile = vi.fn(() => Promise.resolve(new Blob(['a line'])));

beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(live, 'client', 'get').mockReturnValue(client as never);
  client.startDownload.mockResolvedValue(job);
  fetchFile.mockResolvedValue(new Blob(['a line']));
  live.snapshot = { ...emptySnapshot(), jobs: [job] };
  toasts.list = [];
});
afterEach(() => vi.unstubAllGlobals());

test('in the window the hub saves the file, and its end is told once with a way to the folder', async () => {
  vi.stubGlobal('isTauri', true);
  expect(await saveFile(log, 'ada.log', fetchFile)).toEqual(job);
  expect([client.startDownload.mock.calls, fetchFile.mock.calls.length]).toEqual([[[log]], 0]);
  expect(toasts.list).toEqual([]);
  live.snapshot.jobs = [{ ...job, state: 'done', message: 'Saved to /home/lead/Downloads/ada.log (12 KB).' }];
  await vi.waitFor(() => expect(toasts.list.map((toast) => toast.text)).toEqual(['Saved to /home/lead/Downloads/ada.log (12 KB).']));
  await toasts.list[0]?.action?.act();
  expect(client.showDownload).toHaveBeenCalledWith(3);
  toasts.list = [];
  live.snapshot.jobs = [...live.snapshot.jobs];
  await new Promise((resolve) => setTimeout(resolve));
  expect(toasts.list).toEqual([]);
});

test('a file that could not be saved is told in the words of the hub, one that was called off is not', async () => {
  vi.stubGlobal('isTauri', true);
  await saveFile(log, 'ada.log', fetchFile);
  live.snapshot.jobs = [{ ...job, state: 'failed', message: 'Nothing was saved: the disk is full.' }];
  await vi.waitFor(() => expect(toasts.list).toMatchObject([{ kind: 'error', text: 'Nothing was saved: the disk is full.' }]));
  client.startDownload.mockResolvedValue({ ...job, id: 4, state: 'cancelled' });
  await saveFile(log, 'ada.log', fetchFile);
  await new Promise((resolve) => setTimeout(resolve));
  expect(toasts.list).toHaveLength(1);
});

test('a browser downloads it by itself', async () => {
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:x', revokeObjectURL: () => undefined }));
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
  expect(await saveFile(log, 'ada.log', fetchFile)).toBeNull();
  expect([clicked.mock.contexts.map((link) => (link as HTMLAnchorElement).download), client.startDownload.mock.calls.length]).toEqual([['ada.log'], 0]);
});
