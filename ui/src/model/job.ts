// Jobs that a screen has begun. Pure.
import type { Job } from '../api/types';

/** Whether a job fetches an image: the hub names its work in words alone. */
export function isPull(job: Job): boolean {
  return job.title.startsWith('Fetching ');
}

/** A job as the events tell it, or as it was when it began; null where none was begun. */
export function jobOf(began: Job | null, jobs: readonly Job[] | null): Job | null {
  return jobs?.find((job) => job.id === began?.id) ?? began;
}
