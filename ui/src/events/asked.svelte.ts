// Something that one screen asks the hub for by itself, and how the answer stands. For what no event tells.
import { untrack } from 'svelte';

import { errorText } from '../api/errors';

export class Asked<T> {
  /** The last answer; null before the first. */
  value = $state.raw<T | null>(null);
  /** Why the last question was refused, in words. */
  refused = $state<string | null>(null);
  /** Whether a question is under way. */
  asking = $state(false);

  readonly #fetch: () => Promise<T>;
  #turn = 0;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Asks; of several questions under way the last one counts. */
  ask = async (): Promise<void> => {
    // An effect that asks depends on what it reads itself, not on what the question is made of.
    this.#turn += 1;
    const turn = this.#turn;
    this.asking = true;
    try {
      const value = await untrack(this.#fetch);
      if (turn !== this.#turn) return;
      this.value = value;
      this.refused = null;
    } catch (cause) {
      if (turn === this.#turn) this.refused = errorText(cause);
    } finally {
      if (turn === this.#turn) this.asking = false;
    }
  };
}
