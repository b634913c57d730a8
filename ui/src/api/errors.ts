// How a request can end badly: the hub said no, in words of its own, or nobody answered.
import type { Refusal } from './types';

/** A request that did not succeed. `status` is 0 where no answer came at all. */
export class HubError extends Error {
  readonly status: number;
  /** The port that the hub offers instead of one that it could not have. */
  readonly freePort: number | null;

  constructor(status: number, message: string, freePort: number | null = null) {
    super(message);
    this.name = 'HubError';
    this.status = status;
    this.freePort = freePort;
  }

  /** From the body of a refusal, which is JSON only if it comes from the hub and nothing between has changed it. */
  static of(status: number, body: unknown): HubError {
    const { message, free_port } = (typeof body === 'object' && body !== null ? body : {}) as Partial<Refusal>;
    const text = typeof message === 'string' && message !== '' ? message : `The hub refused this (status ${status}).`;
    return new HubError(status, text, typeof free_port === 'number' ? free_port : null);
  }
}

/** The sentence to show for whatever was thrown. */
export function errorText(cause: unknown): string {
  if (cause instanceof Error && cause.message !== '') return cause.message;
  if (typeof cause === 'string' && cause !== '') return cause; // the window's own command says it so
  return 'Something went wrong inside this window. Try again.';
}
