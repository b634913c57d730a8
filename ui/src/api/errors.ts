// How a request can end badly: the hub said no, in words of its own, or nobody answered.

/** A request that did not succeed. `status` is 0 where no answer came at all. */
export class HubError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HubError';
    this.status = status;
  }
}

/** The sentence to show for whatever was thrown. */
export function errorText(cause: unknown): string {
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return 'Something went wrong inside this window. Try again.';
}
