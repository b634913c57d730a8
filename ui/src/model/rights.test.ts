// @vitest-environment happy-dom
import { expect, test } from 'vitest';

import type { Panel, Role, User } from '../api/types';
import { sectionsFor } from '../sections';
import { frameOf } from './frame';
import { propertyWords, readProperties } from './group';
import { ALL_RIGHTS, rightsOf } from './rights';
import { givable, roleOrigin, rolesOf, rolesOfGroup } from './role';
import { isAskedFor, tokenTimes } from './token';

const GROUP_ADMIN = rightsOf(['admin-ui', 'list:users!group=lab', 'read:users!group=lab', 'servers!group=lab', 'read:servers!group=lab', 'read:servers!user=mo', 'access:servers!server=ada/gpu']);

test('a right that is narrowed holds for what it is narrowed to', () => {
  expect(GROUP_ADMIN.may('servers', { user: 'ada', groups: ['lab'] })).toBe(true);
  expect(GROUP_ADMIN.may('servers', { user: 'bo', groups: ['other'] })).toBe(false);
  expect(GROUP_ADMIN.may('servers')).toBe(false);
  expect(GROUP_ADMIN.may('read:servers', { server: { user: 'mo', name: '' } })).toBe(true);
  expect(GROUP_ADMIN.may('access:servers', { server: { user: 'ada', name: 'gpu' } })).toBe(true);
  expect(GROUP_ADMIN.may('access:servers', { server: { user: 'ada', name: '' } })).toBe(false);
  expect([GROUP_ADMIN.may('admin-ui'), GROUP_ADMIN.reach('list:users'), GROUP_ADMIN.reach('list:groups')]).toEqual([true, true, false]);
});

test('a browser has the sections that its reader may read, the window all', () => {
  expect(sectionsFor(GROUP_ADMIN, 'browser')).toEqual(['people', 'servers', 'sharing']);
  expect(sectionsFor(rightsOf(['admin-ui']), 'browser')).toEqual(['sharing']);
  expect(sectionsFor(ALL_RIGHTS, 'browser')).toEqual(['people', 'groups', 'servers', 'sharing', 'services']);
  expect(sectionsFor(ALL_RIGHTS, 'window')).toContain('settings');
});

test('what a browser is told holds nothing of the machine', () => {
  const panel: Panel = { version: '1', user: 'mo', scopes: [], authenticator: 'native', base_url: '/lab/' };
  expect(frameOf(panel, 'http://lab.local')).toMatchObject({ addresses: ['http://lab.local/lab/'], hub: { on: true, lead: 'mo' }, problems: [] });
});

const held = (users: string[] = [], groups: string[] = []) => ({ users, groups, services: [] });
const role = (name: string, over: Partial<Role> = {}): Role => ({
  name, description: '', scopes: [], source: 'file', may_give: true, holders: held(), by_file: held(), ...over,
});
const ada: User = { name: 'ada', admin: false, groups: ['lab'], created: null, last_activity: null, servers: {} };

test('roles are a person’s own, of the file, of a group, or everybody’s', () => {
  const roles = [
    role('user', { may_give: false }), role('admin', { may_give: false }), role('own', { holders: held(['ada']) }), role('filed', { holders: held(['ada']), by_file: held(['ada']) }),
    role('grouped', { holders: held([], ['lab', 'other']) }), role('above', { may_give: false, holders: held(['ada']) }), role('free'),
  ];
  const mine = rolesOf(ada, roles);
  expect(mine.map((one) => [one.role.name, one.taken, roleOrigin(one)])).toEqual([
    ['user', 'never', 'everybody has it'], ['own', 'here', ''], ['filed', 'file', 'given by the configuration file'], ['grouped', 'never', 'through lab'], ['above', 'never', ''],
  ]);
  expect(rolesOf({ ...ada, admin: true }, roles).map((one) => one.role.name)).toContain('admin');
  expect(givable(mine, roles).map((one) => one.name)).toEqual(['grouped', 'free']);
  expect(rolesOfGroup('lab', roles).map((one) => one.role.name)).toEqual(['grouped']);
});

test('properties are any JSON object, and nothing else', () => {
  expect([readProperties('{"a":1}'), readProperties('[1]'), readProperties('null'), readProperties('{')]).toEqual([{ a: 1 }, null, null, null]);
  expect([propertyWords('west'), propertyWords({ a: [1] })]).toEqual(['west', '{"a":[1]}']);
});

test('a token says when it was made and used, and whether somebody asked for it', () => {
  const token = { user: 'ada', id: 'a1', kind: 'api_token', roles: [], scopes: [], labdeck_allows: [], created: '2026-11-20T11:00:00Z', last_activity: null, expires_at: null, note: 'x', session_id: null, oauth_client: 'JupyterHub' };
  expect(tokenTimes(token, Date.parse('2026-11-20T12:00:00Z'))).toBe('made 1 h ago · never used · does not end');
  expect([isAskedFor(token), isAskedFor({ ...token, note: 'Server at /user/ada/' }), isAskedFor({ ...token, oauth_client: 'jupyterhub-user-ada' })]).toEqual([true, false, false]);
});
