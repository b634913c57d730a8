// Keeps one stream of events open: resumes after the last one seen, backs off while the hub is away, and says when
// events were missed. Owns no state of the hub.
import type { HubClient } from '../api/client';
import { HubError, errorText } from '../api/errors';
import type { HubEvent } from '../api/types';
import { readSse } from './sse';

export interface StreamHandlers {
  /** The stream is open. `missed` is true where it could not be resumed, so everything must be asked for. */
  opened(missed: boolean): void;
  received(event: HubEvent): void;
  /** The stream is down, or the hub refuses this window (then nothing is tried again). */
  lost(message: string, refused: boolean): void;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8000;

/** How long to wait before the n-th attempt in a row, counted from 0: doubles, with an upper end. */
export function backOff(attempt: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

/** Whether an event's number shows that the hub began to count anew since `last`. */
export function isNewRun(last: number | null, seq: number): boolean {
  return last !== null && seq <= last;
}

/** Follows the hub's events until `signal` ends it. */
export async function followEvents(client: HubClient, handlers: StreamHandlers, signal: AbortSignal): Promise<void> {
  let last: number | null = null;
  let attempt = 0;
  while (!signal.aborted) {
    try {
      const body = await client.openEvents(last, signal);
      handlers.opened(last === null);
      attempt = 0;
      for await (const event of readSse<HubEvent>(body)) {
        if ('seq' in event) {
          if (isNewRun(last, event.seq)) handlers.opened(true);
          last = event.seq;
        }
        handlers.received(event);
      }
      handlers.lost('The hub ended the connection.', false);
    } catch (cause) {
      if (signal.aborted) return;
      const refused = cause instanceof HubError && (cause.status === 401 || cause.status === 403);
      handlers.lost(errorText(cause), refused);
      if (refused) return;
    }
    await pause(backOff(attempt), signal);
    attempt += 1;
  }
}

/** Waits, but no longer than until the window is looked at again or the stream is given up. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener('focus', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('focus', end);
    signal.addEventListener('abort', end);
  });
}
