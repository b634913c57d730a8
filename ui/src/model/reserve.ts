// The computer's memory as one bar: given to servers, still to be given, kept free. Pure.
import type { Resources } from '../api/types';

export interface MemoryShare {
  id: 'granted' | 'free' | 'reserve';
  word: string;
  bytes: number;
  /** Of the whole bar, 0 to 1. */
  part: number;
}

/** The shares from left to right. Where more was given than there is, the bar stands for all that was given. */
export function memoryShares(resources: Pick<Resources, 'memory_bytes' | 'reserve_bytes' | 'granted_bytes'>): MemoryShare[] {
  const reserve = Math.min(resources.reserve_bytes, resources.memory_bytes);
  const granted = resources.granted_bytes;
  const free = Math.max(0, resources.memory_bytes - reserve - granted);
  const whole = Math.max(1, granted + free + reserve);
  const share = (id: MemoryShare['id'], word: string, bytes: number): MemoryShare => ({ id, word, bytes, part: bytes / whole });
  return [share('granted', 'given to servers', granted), share('free', 'can still be given', free), share('reserve', 'kept free', reserve)];
}
