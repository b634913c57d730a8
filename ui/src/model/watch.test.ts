import { expect, test } from 'vitest';

import type { Home, OwnedServer, Sample, ServerEntry, ServerView, StartOptions } from '../api/types';
import { serverView } from '../events/fixtures';
import { pathThrough, placeOfHighest, seriesWords } from './chart';
import { entryTone, joinEntries } from './history';
import { canDownload, homePlace, homeSecret, homeTitle, measured, orderedHomes } from './home';
import { countHits, findHits, nextHit } from './log';
import { busyWords, diagnosisText, hasProblem, inHeldOrder, lineKey, liveFirst, plainDiagnosis, reasonText, serverLines, sizeText } from './server';
import { choiceOf, firstChosen, hasChoice } from './start';
import { usedSettings } from './used';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const at = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const ready = (over: Partial<ServerView> = {}): ServerView => serverView({ ready: true, stopped: false, labdeck_state: 'Ready', ...over });
const sample = (cpus: number): Sample => ({
  user: 'ada', server: '', cpus, memory_bytes: 1, memory_limit_bytes: null, received_per_second: null, sent_per_second: null, gpus: [],
});
const failure = { kind: 'exited', message: 'It ended.', remedy: 'Look at its log.', log: ['boom'] };
const limits = { memory_bytes: 2 ** 31, cpus: 2, pids: 512, shm_bytes: null, gpus: 1 };

test('ends that nobody asked for are problems, those by a rule are not', () => {
  const ended = (kind: string): ServerView => serverView({ labdeck_last_exit: { at: at(1), reason: 'x', kind } });
  expect(['asked', 'idle', 'max_age', ''].map((kind) => hasProblem(ended(kind)))).toEqual([false, false, false, false]);
  expect(['out_of_memory', 'exited', 'gone'].map((kind) => hasProblem(ended(kind)))).toEqual([true, true, true]);
  expect(hasProblem(ready({ labdeck_last_exit: { at: at(1), reason: 'x', kind: 'exited' } }))).toBe(false);
  expect(hasProblem(ready({ labdeck_notices: [{ at: at(1), kind: 'out_of_memory', message: 'x' }] }))).toBe(true);
  expect([hasProblem(serverView({ labdeck_failure: failure })), hasProblem(null)]).toEqual([true, false]);
});

test('without a diagnosis of the hub its own words are one', () => {
  const line = { user: 'ada', name: '', server: serverView({ labdeck_failure: failure }) };
  const plain = plainDiagnosis(line.server);
  expect(plain).toMatchObject({ title: 'It ended.', steps: ['Look at its log.'], log: ['boom'], fix: null });
  expect(plain && diagnosisText(line, plain)).toBe('ada: It ended. (exited)\n1. Look at its log.\nboom');
  expect(plainDiagnosis(serverView())).toBeNull();
});

test('a stop disturbs whoever computes or was there a moment ago', () => {
  expect(busyWords(ready({ last_activity: at(60) }), [sample(0), sample(2)], NOW)).toBe('It is computing: 1 processors in use.');
  expect(busyWords(ready({ last_activity: at(3) }), [], NOW)).toBe('It was used 3 min ago.');
  expect(busyWords(ready({ last_activity: at(0.1) }), [], NOW)).toBe('It is in use at this moment.');
  expect(busyWords(ready({ last_activity: at(60) }), [sample(0.1)], NOW)).toBeNull();
  expect(busyWords(serverView({ last_activity: at(0) }), [sample(3)], NOW)).toBeNull();
});

test('a state is told with its reason, and an end that comes with its time first', () => {
  const stops = { at: at(-9), rule: 'idle', message: 'Nobody has used it for 2 hours.' };
  const words = (server: ServerView | null): string => reasonText(server, (when) => new Date(when).toISOString().slice(11, 16));
  expect(words(ready({ labdeck_stops: stops }))).toBe('Stops at 12:09. Nobody has used it for 2 hours.');
  expect(words(serverView({ labdeck_failure: failure }))).toBe('It ended.');
  expect([words(ready()), words(null)]).toEqual(['', '']);
});

test('what runs comes first, but nothing moves in an order that is held', () => {
  const own = (user: string, server: ServerView): OwnedServer => ({ user, server });
  const before = serverLines([], [own('ada', serverView()), own('bob', ready()), own('cleo', serverView({ labdeck_failure: failure }))]);
  const shown = liveFirst(before).map(lineKey);
  expect(shown).toEqual(['cleo/', 'bob/', 'ada/']);
  const after = serverLines([], [own('ada', ready()), own('bob', serverView()), own('cleo', serverView()), own('dan', ready())]);
  expect(inHeldOrder(after, shown).map(lineKey)).toEqual(['cleo/', 'bob/', 'ada/', 'dan/']);
  expect(liveFirst(after).map(lineKey)).toEqual(['ada/', 'dan/', 'bob/', 'cleo/']);
});

test('hits are found whatever their letters, and walked round', () => {
  const found = findHits('Error: no\nan error', 'ERROR');
  expect(found).toEqual([{ text: 'Error', hit: 1 }, { text: ': no\nan ', hit: null }, { text: 'error', hit: 2 }]);
  expect(countHits(found)).toBe(2);
  expect(findHits('İİ error', 'error').map((stretch) => stretch.text).join('')).toBe('İİ error');
  expect([findHits('abc', ''), findHits('', 'x')]).toEqual([[{ text: 'abc', hit: null }], []]);
  expect([nextHit(0, 3, 1), nextHit(3, 3, 1), nextHit(1, 3, -1), nextHit(0, 0, 1)]).toEqual([1, 1, 3, 0]);
});

test('a line has gaps where nothing is known, and words for those who do not see it', () => {
  const frame = { span: 4, top: 2, width: 30, height: 12 };
  expect(pathThrough([0, 2, null, 1], frame)).toBe('M0.0 11.0L10.0 1.0M30.0 6.0h0');
  expect(seriesWords('CPU', [1, null, 0.5], String)).toBe('CPU now 0.5, highest 1');
  expect(seriesWords('CPU', [1, 0.5, null, null], String), 'it runs no more').toBe('CPU last 0.5, highest 1');
  expect(placeOfHighest([[1, null, 3, 3, null], [0, 2, null, null, 1]])).toBe(3);
  expect(seriesWords('CPU', [null], String)).toBe('CPU: nothing known yet');
});

test('a history shows each line once, newest first', () => {
  const entry = (id: number, kind = 'x'): ServerEntry => ({ id, at: at(id), kind, message: '' });
  expect(joinEntries([entry(2), entry(1)], [entry(2), entry(3)]).map((line) => line.id)).toEqual([3, 2, 1]);
  expect(['ready', 'start_failed', 'out_of_memory', 'anything'].map(entryTone)).toEqual(['good', 'bad', 'bad', 'plain']);
});

const home = (over: Partial<Home>): Home => ({
  id: 'x', spawner: 'docker', home: 'labdeck-x', place: '/x', user: null, server: null, status: 'in_use', bytes: null, created: null, kept_at: null, ...over,
});

test('what belongs to nobody stands first, and only small homes are fetched into the window', () => {
  const homes = [home({ user: 'bob' }), home({ user: 'ada', server: 'gpu' }), home({ status: 'orphan', bytes: 5 })];
  expect(orderedHomes(homes).map(homeTitle)).toEqual(['labdeck-x', 'ada · gpu', 'bob']);
  expect([homes.map(homeSecret), measured(homes)]).toEqual([['bob', 'ada', 'labdeck-x'], { bytes: 5, unknown: 2 }]);
  const archive = home({ status: 'archived', bytes: 1000, place: 'archives/a.tar.zst' });
  expect([archive, home({ place: 'labdeck-x' })].map((one) => homePlace(one, '/data'))).toEqual(['/data/archives/a.tar.zst', 'labdeck-x']);
  expect([archive, { ...archive, bytes: 2 ** 31 }, { ...archive, bytes: null }, home({ bytes: 5 })].map((home) => canDownload(home, false))).toEqual([true, false, false, false]);
  expect([{ ...archive, bytes: null }, home({ bytes: 5 })].map((home) => canDownload(home, true)), 'the window’s hub writes any size').toEqual([true, false]);
});

const NO_LAST = { stack: null, size: null, image: null, folders: null };
const options = (over: Partial<StartOptions> = {}): StartOptions => ({
  stacks: [], images: [], sizes: [], folders: [], last: NO_LAST, usual_seconds: {}, ...over,
});

test('a start begins with the last choice as far as it is still there', () => {
  const size = (name: string, is_default = false) => ({ name, display_name: name, limits, offered: true, is_default, groups: [], fits: true, why_not: null });
  const folders = ['a', 'b'].map((name) => ({ name, display_name: name, writable: true, target: `/${name}` }));
  const all = options({ sizes: [size('s', true), size('l')], folders, last: { ...NO_LAST, size: 'l', folders: ['b', 'gone'] } });
  expect(firstChosen(all)).toEqual({ stack: '', size: 'l', image: '', folders: ['b'] });
  expect(firstChosen({ ...all, last: { ...NO_LAST, size: 'gone' } })).toMatchObject({ size: 's', folders: ['a', 'b'] });
  const small = all.sizes.map((size) => ({ ...size, fits: size.name === 's' }));
  expect(firstChosen({ ...all, sizes: small }).size).toBe('s');
  expect(choiceOf({ stack: 'x', size: '', image: '', folders: [] }, all)).toEqual({ stack: 'x', folders: [] });
  expect(choiceOf({ stack: 'x', size: 'l', image: 'a:1', folders: [] }, options())).toEqual({ stack: 'x', size: 'l', image: 'a:1' });
  expect([hasChoice(all), hasChoice(options({ sizes: [size('s')] }))]).toEqual([true, false]);
});

test('settings that a server was started with are told in words', () => {
  const grant = { size: 'l', limits, gpus: ['GPU-7'], unenforced: [] };
  const server = ready({ labdeck_spawner: 'docker', labdeck_stack: 'gone', labdeck_grant: grant, user_options: { folders: ['a'], image: ['x:1'] } });
  const told = Object.fromEntries(usedSettings(server, { stacks: [], sizes: null, resources: null }));
  expect(told).toMatchObject({ 'Runs in': 'a container of Docker', Stack: 'gone', Image: 'x:1', Size: 'l', Memory: 'up to 2 GB', 'Graphics cards': '1 card: GPU-7', Folders: 'a' });
  expect([sizeText(server, null), sizeText(ready({ labdeck_grant: { ...grant, size: null } }), null), sizeText(serverView(), null)]).toEqual(['l', '2 GB · 2 CPUs', '']);
});
