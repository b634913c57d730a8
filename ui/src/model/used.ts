// What a server was started with, as words beside values. Pure.
import type { ServerView } from '../api/types';
import type { Snapshot } from '../events/snapshot';
import { counted, formatBytes, formatCpus } from './format';
import { stackTitle } from './stack';

const SPAWNERS: Record<string, string> = {
  docker: 'a container of Docker', simple: 'processes on this computer', exec: 'a program of your own',
};

/** Lines of "word, value"; only what is known. */
export function usedSettings(server: ServerView, snapshot: Pick<Snapshot, 'stacks' | 'sizes' | 'resources'>): [string, string][] {
  const rows: [string, string][] = [];
  const add = (word: string, value: string | null): void => {
    if (value !== null && value !== '') rows.push([word, value]);
  };
  add('Runs in', server.labdeck_spawner === null ? null : (SPAWNERS[server.labdeck_spawner] ?? server.labdeck_spawner));
  add('Stack', stackTitle(server.labdeck_stack, snapshot.stacks));
  add('Image', option(server.user_options, 'image') || (snapshot.stacks?.find((stack) => stack.name === server.labdeck_stack)?.image ?? ''));
  const grant = server.labdeck_grant;
  if (grant !== null) {
    const { memory_bytes, cpus, pids, shm_bytes } = grant.limits;
    add('Size', grant.size === null ? 'as the stack says' : (snapshot.sizes?.find((size) => size.name === grant.size)?.display_name ?? grant.size));
    add('Memory', memory_bytes === null ? 'no limit' : `up to ${formatBytes(memory_bytes)}`);
    add('Processors', cpus === null ? 'no limit' : `up to ${formatCpus(cpus)}`);
    add('Processes and threads', pids === null ? 'no limit' : `up to ${pids}`);
    add('Shared memory', shm_bytes === null ? null : formatBytes(shm_bytes));
    add('Graphics cards', grant.gpus.length === 0 ? 'none' : cardWords(grant.gpus, snapshot.resources));
  }
  const folders = listOption(server.user_options, 'folders');
  add('Folders', folders === null ? 'all that its user may have' : folders.length === 0 ? 'none' : folders.join(', '));
  return rows;
}

function cardWords(ids: readonly string[], resources: Snapshot['resources']): string {
  const names = ids.map((id) => {
    const card = resources?.gpus.find((gpu) => gpu.id === id);
    return card === undefined ? id : `${card.name} (card ${card.index})`;
  });
  return `${counted(ids.length, 'card', 'cards')}: ${names.join(', ')}`;
}

/** One word of the options, which JupyterHub's forms write as a list of one. */
function option(options: unknown, name: string): string {
  return listOption(options, name)?.[0] ?? '';
}

function listOption(options: unknown, name: string): string[] | null {
  if (typeof options !== 'object' || options === null || !(name in options)) return null;
  const value = (options as Record<string, unknown>)[name];
  const list = Array.isArray(value) ? value : [value];
  return list.filter((word) => typeof word === 'string');
}
