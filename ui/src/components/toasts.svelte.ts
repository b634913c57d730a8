// Short messages at the window's edge. Errors stay until they are dismissed or another page is shown,
// the rest goes by itself.
import { errorText } from '../api/errors';

export interface Toast {
  id: number;
  kind: 'error' | 'done';
  text: string;
  /** What can be done about it at once. */
  action?: ToastAction | undefined;
}

interface ToastAction {
  word: string;
  act: () => unknown;
}

const DONE_MS = 5000;
/** Who is offered something needs time to reach it. */
const OFFER_MS = 20_000;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  add(kind: Toast['kind'], text: string, action?: ToastAction): void {
    if (this.list.some((toast) => toast.kind === kind && toast.text === text)) return;
    const id = this.#next;
    this.#next += 1;
    this.list.push({ id, kind, text, action });
    if (kind === 'done') setTimeout(() => this.dismiss(id), action === undefined ? DONE_MS : OFFER_MS);
  }

  /** For another page: what went wrong on the one before is in the way there. */
  dismissErrors(): void {
    if (this.list.some((toast) => toast.kind === 'error')) this.list = this.list.filter((toast) => toast.kind !== 'error');
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();

/** Does the work; if it fails, says so with the hub's words and answers `undefined`. */
export async function attempt<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    toasts.add('error', errorText(cause));
    return undefined;
  }
}
