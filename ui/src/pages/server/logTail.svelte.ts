// The end of one server's log, growing while the server writes. Follows the hub's stream, resumes it when it breaks,
// and shows what there is where it cannot be followed.
import { HubError, errorText } from '../../api/errors';
import { live } from '../../events/live.svelte';
import { readSse } from '../../events/sse';
import { backOff } from '../../events/stream';

/** More than anybody reads, and little enough to be drawn at once. */
const KEPT_LINES = 3000;
const ASKED_LINES = 1000;
/** Lines that come in one burst are drawn together. */
const BURST_MS = 150;

export class LogTail {
  lines = $state.raw<string[]>([]);
  state = $state<'opening' | 'following' | 'ended'>('opening');
  refused = $state<string | null>(null);

  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Follows the log until the answer is called. */
  follow(user: string, server: string): () => void {
    const end = new AbortController();
    void this.#follow(user, server, end.signal);
    return () => {
      end.abort();
      clearTimeout(this.#timer);
    };
  }

  async #follow(user: string, server: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const body = await live.client.openLog(user, server, ASKED_LINES, signal);
        this.#begin();
        for await (const { line } of readSse<{ line: string }>(body)) this.#add(line);
        this.#draw();
        this.state = 'ended'; // the server's own end: a new start begins a new log
        return;
      } catch (cause) {
        if (signal.aborted) return;
        if (cause instanceof HubError && cause.status !== 0) return this.#readOnce(user, server, cause);
        this.refused = errorText(cause);
        await new Promise((resolve) => setTimeout(resolve, backOff(attempt)));
      }
    }
  }

  /** A log that cannot be followed can often still be read. */
  async #readOnce(user: string, server: string, refusal: HubError): Promise<void> {
    this.state = 'ended';
    try {
      this.lines = await live.client.getServerLog(user, server, ASKED_LINES);
      this.refused = null;
    } catch {
      this.refused = refusal.message;
    }
  }

  #begin(): void {
    this.lines = [];
    this.#waiting = [];
    this.refused = null;
    this.state = 'following';
  }

  #add(line: string): void {
    this.#waiting.push(line);
    this.#timer ??= setTimeout(() => this.#draw(), BURST_MS);
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    this.lines = [...this.lines, ...this.#waiting].slice(-KEPT_LINES);
    this.#waiting = [];
  }
}
