// The computer's memory as one bar: taken, still to be had, kept free. Pure.
import type { Resources } from '../api/types';

export interface MemoryShare {
  id: 'taken' | 'free' | 'reserve';
  word: string;
  bytes: number;
  /** Of the whole bar, 0 to 1. */
  part: number;
}

type Memory = Pick<Resources, 'memory_bytes' | 'memory_used_bytes' | 'reserve_bytes' | 'granted_bytes' | 'overcommit'>;

/**
 * The shares from left to right. Where limits are caps, what is in use counts; where they are reservations, what was
 * given. If more is taken than there is, the bar stands for all of that.
 */
export function memoryShares(memory: Memory): MemoryShare[] {
  const reserve = Math.min(memory.reserve_bytes, memory.memory_bytes);
  const taken = memory.overcommit ? memory.memory_used_bytes : memory.granted_bytes;
  const free = Math.max(0, memory.memory_bytes - reserve - taken);
  const whole = Math.max(1, taken + free + reserve);
  const share = (id: MemoryShare['id'], word: string, bytes: number): MemoryShare => ({ id, word, bytes, part: bytes / whole });
  return [
    share('taken', memory.overcommit ? 'in use' : 'promised to servers', taken),
    share('free', memory.overcommit ? 'free for servers' : 'can still be promised', free),
    share('reserve', 'kept free', reserve),
  ];
}
