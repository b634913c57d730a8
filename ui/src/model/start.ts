// The choices of a start: what is chosen at first, and what is sent. Pure.
import type { StartChoice } from '../api/client';
import type { SizeChoice, StartOptions } from '../api/types';
import { counted } from './format';
import { firstChoice, limitsText } from './stack';

/** What a person has chosen in the dialog. An empty word is "as it comes". */
export interface Chosen {
  stack: string;
  size: string;
  image: string;
  folders: string[];
}

/** Whether there is anything to ask before a start. */
export function hasChoice(options: StartOptions): boolean {
  return options.stacks.length > 1 || options.sizes.length > 1 || options.images.length > 0 || options.folders.length > 0;
}

/** What the dialog begins with: the last choice where it is still there, else what is the default. */
export function firstChosen({ stacks, sizes, images, folders, last }: StartOptions): Chosen {
  const able = sizes.filter((size) => size.fits);
  const size = able.find((other) => other.name === last.size) ?? able.find((other) => other.is_default);
  const kept = last.folders ?? folders.map((folder) => folder.name);
  return {
    stack: firstChoice(stacks, last.stack ?? null),
    size: size?.name ?? '',
    image: images.find((other) => other.label === last.image || other.image === last.image)?.label ?? '',
    folders: folders.map((folder) => folder.name).filter((name) => kept.includes(name)),
  };
}

/** What is sent: only what there was to choose. */
export function choiceOf(chosen: Chosen, options: StartOptions): StartChoice {
  return {
    ...(chosen.stack === '' ? {} : { stack: chosen.stack }),
    ...(chosen.size === '' ? {} : { size: chosen.size }),
    ...(chosen.image === '' ? {} : { image: chosen.image }),
    ...(options.folders.length === 0 ? {} : { folders: chosen.folders }),
  };
}

/** `8 GB · 4 CPUs · 1 GPU`. */
export function sizeLimits(limits: SizeChoice['limits']): string {
  const gpus = limits.gpus ?? 0;
  return gpus > 0 ? `${limitsText(limits)} · ${counted(gpus, 'GPU', 'GPUs')}` : limitsText(limits);
}
