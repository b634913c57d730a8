import { expect, test } from 'vitest';

import type { Image, OwnedServer, Stack, User } from '../api/types';
import { serverView } from '../events/fixtures';
import { isPull } from './job';
import { isOnlyAdmin, isVisit, knownAmong, lastSeen, parseNames, runningServers } from './person';
import { canOpen, canStart, canStop, countReady, findLine, serverLines, serverOf, serverTitle, stateLook } from './server';
import { bytesToGigabytes, displayNameFor, freeImages, gigabytesToBytes, parseLimit, stackFromImage, stackNameFor } from './stack';

const user = (name: string, admin = false): User => ({
  name, admin, groups: [], created: null, last_activity: null, servers: {},
});
const own = (name: string, over = {}): OwnedServer => ({ user: name, server: serverView(over) });
const image = (reference: string, usable = true): Image => ({
  reference, id: reference, size_bytes: 1, created: '2026-01-01T00:00:00Z', usable, reason: '', hub_version: null,
});

test('names are split, trimmed and kept once', () => {
  expect(parseNames(' ada\nbob, ada ;  \n\ngrace hopper')).toEqual(['ada', 'bob', 'grace hopper']);
  expect(parseNames(' \n ')).toEqual([]);
});

test('only their own server is no visit for the lead', () => {
  expect(['ada', 'bob'].map((name) => isVisit(name, 'ada'))).toEqual([false, true]);
  expect(isVisit('ada', null)).toBe(true);
});

test('the last admin is known', () => {
  expect(isOnlyAdmin(user('ada', true), [user('ada', true), user('bob')])).toBe(true);
  expect(isOnlyAdmin(user('bob'), [user('ada', true), user('bob')])).toBe(false);
});

test('what may be done follows from the state', () => {
  const ready = serverView({ ready: true, stopped: false, labdeck_state: 'Ready' });
  const stopping = serverView({ pending: 'stop', stopped: false, labdeck_state: 'Stopping' });
  const starting = serverView({ pending: 'spawn', stopped: false, labdeck_state: 'Starting' });
  const can = [null, ready, stopping, starting].map((s) => [canStart(s), canStop(s), canOpen(s)]);
  expect(can).toEqual([[true, false, false], [false, true, true], [false, false, false], [false, true, false]]);
  expect(stateLook(null).word).toBe('Off');
  expect(stateLook(serverView({ labdeck_state: 'Something new' }))).toEqual({ word: 'Something new', tone: 'idle', shape: 'hollow' });
});

test('everybody has a line, in an order that no state changes', () => {
  const servers = [own('bob', { name: 'gpu', display_name: 'GPU' }), own('bob'), own('ada', { name: 'x' })];
  const lines = serverLines([user('cleo'), user('ada')], servers);
  expect(lines.map((l) => `${l.user}/${l.name}${l.server ? '' : ' (none)'}`)).toEqual(['ada/ (none)', 'ada/x', 'bob/', 'bob/gpu', 'cleo/ (none)']);
  expect(serverTitle('bob', servers[0]?.server ?? null)).toBe('bob · GPU');
  expect(serverOf('bob', [own('bob'), own('bob', { name: 'gpu', stopped: false })])?.name).toBe('gpu');
  expect(runningServers('bob', [own('bob'), own('bob', { name: 'gpu', stopped: false })])).toBe(1);
});

test('the newest mark of a person counts', () => {
  const marked = { ...user('ada'), last_activity: '2026-11-20T08:00:00Z' };
  expect(lastSeen(marked, [own('ada', { last_activity: '2026-11-20T09:00:00Z' }), own('ada')])).toBe('2026-11-20T09:00:00Z');
  expect(lastSeen(user('ada'), [])).toBeNull();
});

test('an image becomes a stack with a name of its own', () => {
  expect(stackNameFor('quay.io/jupyter/scipy-notebook:2026-01-01', [])).toBe('scipy-notebook');
  expect(stackNameFor('127.0.0.1:5000/Lab_x@sha256:ab', ['lab-x'])).toBe('lab-x-2');
  expect(displayNameFor('quay.io/jupyter/scipy-notebook:latest')).toBe('Scipy notebook');
  const first: Stack = stackFromImage(image('a/b:1'), []);
  expect([first.is_default, first.offered]).toEqual([true, true]);
  expect(stackFromImage(image('a/b:1'), [first])).toMatchObject({ name: 'b-2', is_default: false });
  const free = freeImages([image('z:1', false), image('a/b:1'), image('c:1')], [first]);
  expect(free.map((i) => i.reference)).toEqual(['c:1', 'z:1']);
});

test('limits as typed', () => {
  expect(['', ' 2,5 ', '4', '0', '-1', 'x'].map(parseLimit)).toEqual([null, 2.5, 4, undefined, undefined, undefined]);
  expect([gigabytesToBytes(1.5), gigabytesToBytes(null)]).toEqual([1.5 * 2 ** 30, null]);
  expect([bytesToGigabytes(2 ** 31), bytesToGigabytes(null)]).toEqual(['2', '']);
});

test('names that the hub had already are told apart, however they are written', () => {
  expect(knownAmong(['Ada', 'grace'], ['grace'])).toEqual(['Ada']);
  expect(knownAmong(['Grace'], ['grace'])).toEqual([]);
});

test('what waits or starts does not count as running', () => {
  expect(countReady([own('ada', { ready: true, stopped: false }), own('bob', { stopped: false, pending: 'spawn' }), own('cleo')])).toBe(1);
  expect(countReady(null)).toBe(0);
});

test('a line is found again as it is now, and stays where its server is gone', () => {
  const line = { user: 'ada', name: 'gpu', server: serverView({ name: 'gpu' }) };
  expect(findLine(line, [own('ada'), own('ada', { name: 'gpu', ready: true })]).server?.ready).toBe(true);
  expect(findLine(line, [])).toEqual(line);
});

test('only the fetching of an image is a pull', () => {
  const titles = ['Fetching quay.io/jupyter/base-notebook:latest', 'Giving the home of dan to ada', 'Saving ada.tar'];
  expect(titles.map((title) => isPull({ id: 1, title, state: 'running', message: '', fraction: null }))).toEqual([true, false, false]);
});
