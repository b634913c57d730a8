// Stacks: the catalogue's entries, and how an image becomes one. Pure.
import type { Image, ResourceLimits, Stack } from '../api/types';
import { counted, formatBytes, formatCpus } from './format';

/** The hub's own defaults: a notebook runs well, a fork bomb does not. */
export const DEFAULT_LIMITS: ResourceLimits = { memory_bytes: 2 * 2 ** 30, cpus: 1, pids: 512, shm_bytes: null };

const GIB = 2 ** 30;

/** `quay.io/jupyter/scipy-notebook:latest` → `scipy-notebook`; with a number behind it where that is taken. */
export function stackNameFor(reference: string, taken: readonly string[]): string {
  const base = shortReference(reference).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 48) || 'stack';
  let name = base;
  for (let n = 2; taken.includes(name); n += 1) name = `${base}-${n}`;
  return name;
}

/** `scipy-notebook` → `Scipy notebook`. */
export function displayNameFor(reference: string): string {
  const words = shortReference(reference).replace(/[-_.]+/g, ' ').trim();
  return words === '' ? reference : words.charAt(0).toUpperCase() + words.slice(1);
}

/** A new entry for an image; the first of the catalogue is its default. */
export function stackFromImage(image: Image, stacks: readonly Stack[]): Stack {
  return {
    name: stackNameFor(image.reference, stacks.map((stack) => stack.name)),
    display_name: displayNameFor(image.reference),
    description: '',
    image: image.reference,
    offered: true,
    is_default: !stacks.some((stack) => stack.is_default),
    limits: DEFAULT_LIMITS,
  };
}

/** Images that no stack uses yet, the usable ones first. */
export function freeImages(images: readonly Image[] | null, stacks: readonly Stack[] | null): Image[] {
  const used = new Set((stacks ?? []).flatMap((stack) => [stack.image, `${stack.image}:latest`]));
  return (images ?? [])
    .filter((image) => !used.has(image.reference))
    .sort((a, b) => Number(b.usable) - Number(a.usable) || a.reference.localeCompare(b.reference));
}

/** Reads a limit typed by a person: empty is none; null-safe numbers only. Answers `undefined` for what is no number. */
export function parseLimit(text: string): number | null | undefined {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return null;
  const value = Number(trimmed);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** Gigabytes as typed ↔ bytes as sent. */
export function gigabytesToBytes(gigabytes: number | null): number | null {
  return gigabytes === null ? null : Math.round(gigabytes * GIB);
}

export function bytesToGigabytes(bytes: number | null): string {
  return bytes === null ? '' : String(Number((bytes / GIB).toFixed(2)));
}

function shortReference(reference: string): string {
  const last = reference.split('@')[0]?.split('/').pop() ?? reference;
  return last.split(':')[0] ?? last;
}

/** What people read for a stack's name; the name itself where the catalogue no longer has it. */
export function stackTitle(name: string | null, stacks: readonly Stack[] | null): string {
  if (name === null) return '';
  return stacks?.find((stack) => stack.name === name)?.display_name || name;
}

/** The image that a stack runs, if the engine holds it. */
export function imageOf(stack: Stack, images: readonly Image[] | null): Image | null {
  return images?.find((image) => image.reference === stack.image || image.reference === `${stack.image}:latest`) ?? null;
}

/** `2 GB · 1 CPU`; says so where there is no limit. */
export function limitsText(limits: ResourceLimits): string {
  const memory = limits.memory_bytes === null ? 'all memory' : formatBytes(limits.memory_bytes);
  const cpus = limits.cpus === null ? 'all CPUs' : counted(Number(formatCpus(limits.cpus)), 'CPU', 'CPUs');
  return `${memory} · ${cpus}`;
}

/** Which stack a start begins with: what the server ran last if that is still offered, else the default. */
export function firstChoice(offered: readonly Stack[], last: string | null): string {
  const choice = offered.find((stack) => stack.name === last) ?? offered.find((stack) => stack.is_default) ?? offered[0];
  return choice?.name ?? '';
}
