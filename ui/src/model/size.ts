// Sizes: how they are typed and read. Pure.
import type { Overview, ResourceLimits, Size } from '../api/types';
import { bytesToGigabytes, gigabytesToBytes, parseLimit } from './stack';

const GIB = 2 ** 30;

/** What stands in the fields of the editor. */
export interface TypedLimits {
  memory: string;
  cpus: string;
  pids: string;
  shm: string;
  gpus: string;
}

/** A new size that nobody has named yet: twice the greatest there is, or a first one; never more than the computer has. */
export function newSize(sizes: readonly Size[], machine: Pick<Overview['machine'], 'cpus' | 'memory_bytes'> | null): Size {
  const greatest = Math.max(0, ...sizes.map((size) => size.limits.memory_bytes ?? 0));
  // Whole gigabytes, as they are typed: rounding must not lead above what there is.
  const most = machine === null ? Infinity : Math.max(1, Math.floor(machine.memory_bytes / GIB)) * GIB;
  const memory_bytes = Math.min(greatest === 0 ? 2 * GIB : greatest * 2, most);
  const cpus = Math.min(Math.max(1, ...sizes.map((size) => (size.limits.cpus ?? 0) * 2)), machine?.cpus ?? Infinity);
  return {
    name: '', display_name: '', offered: true, is_default: sizes.length === 0, groups: [],
    limits: { memory_bytes, cpus, pids: 512, shm_bytes: null, gpus: 0 },
  };
}

/** `Large, with GPU` → `large-with-gpu`; with a number behind it where that is taken. */
export function sizeNameFor(display: string, taken: readonly string[]): string {
  const base = display.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 32) || 'size';
  let name = base;
  for (let n = 2; taken.includes(name); n += 1) name = `${base}-${n}`;
  return name;
}

export function typedLimits(limits: ResourceLimits): TypedLimits {
  return {
    memory: bytesToGigabytes(limits.memory_bytes),
    cpus: limits.cpus === null ? '' : String(limits.cpus),
    pids: limits.pids === null ? '' : String(limits.pids),
    shm: bytesToGigabytes(limits.shm_bytes),
    gpus: limits.gpus ? String(limits.gpus) : '',
  };
}

/** Which of the fields hold no number that can be meant. */
export function wrongFields(typed: TypedLimits): (keyof TypedLimits)[] {
  const whole = ['pids', 'gpus'];
  return (Object.keys(typed) as (keyof TypedLimits)[]).filter((field) => {
    const value = field === 'gpus' && typed.gpus.trim() === '0' ? 1 : parseLimit(typed[field]);
    return value === undefined || (value !== null && whole.includes(field) && !Number.isInteger(value));
  });
}

/** What was typed, as limits. Only for fields that are right. */
export function readLimits(typed: TypedLimits): ResourceLimits {
  const read = (text: string): number | null => parseLimit(text) ?? null;
  return {
    memory_bytes: gigabytesToBytes(read(typed.memory)),
    cpus: read(typed.cpus),
    pids: read(typed.pids),
    shm_bytes: gigabytesToBytes(read(typed.shm)),
    gpus: read(typed.gpus) ?? 0,
  };
}
