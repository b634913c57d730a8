// Saves files: in the window the hub writes them, as a job whose end is told with a way to the folder; in a browser they
// are fetched and downloaded.
import { untrack } from 'svelte';

import type { DownloadWish, Job } from '../api/types';
import { toasts } from '../components/toasts.svelte';
import { jobOf } from '../model/job';
import { download, isWindow } from '../native/download';
import { live } from './live.svelte';

/** Saves a file. Answers the job in the window; null in a browser, which shows its downloads by itself. */
export async function saveFile(wish: DownloadWish, name: string, fetchFile: () => Promise<Blob>): Promise<Job | null> {
  if (!isWindow()) {
    download(name, await fetchFile());
    return null;
  }
  const job = await live.client.startDownload(wish);
  const stop = $effect.root(() => {
    $effect(() => {
      const now = jobOf(job, live.snapshot.jobs);
      if (now === null || now.state === 'running') return;
      untrack(() => tellEnd(now));
      // Not within itself.
      queueMicrotask(() => stop());
    });
  });
  return job;
}

function tellEnd(job: Job): void {
  if (job.state === 'failed') toasts.add('error', job.message);
  if (job.state === 'done') toasts.add('done', job.message, { word: 'Show in folder', act: () => live.client.showDownload(job.id) });
}
