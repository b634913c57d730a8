// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { HubError } from '../../api/errors';
import type { Group, Role, Token, User } from '../../api/types';
import { toasts } from '../../components/toasts.svelte';
import { live } from '../../events/live.svelte';
import { applyEvent, emptySnapshot } from '../../events/snapshot';
import { ALL_RIGHTS, rightsOf } from '../../model/rights';
import Groups from '../Groups.svelte';
import PersonPage from '../people/PersonPage.svelte';
import GroupPage from './GroupPage.svelte';

const client = {
  listGroups: vi.fn(), listRoles: vi.fn(), listUsers: vi.fn(), createGroup: vi.fn(), deleteGroup: vi.fn(), addToGroup: vi.fn(), removeFromGroup: vi.fn(), updateGroupProperties: vi.fn(),
  giveRole: vi.fn(), takeRole: vi.fn(), listTokens: vi.fn(), createToken: vi.fn(), deleteToken: vi.fn(), listRights: vi.fn(), updateUser: vi.fn(),
};
const lab: Group = { kind: 'group', name: 'lab', users: ['ada'], roles: ['helper'], properties: { site: 'west' } };
const none = { users: [], groups: [], services: [] };
const role = (name: string, over: Partial<Role> = {}): Role => ({
  name, description: '', scopes: [{ scope: 'list:users', words: 'List people.' }], source: 'file', may_give: true, holders: none, by_file: none, ...over,
});
const user = (name: string, over: Partial<User> = {}): User => ({ name, admin: false, groups: [], created: null, last_activity: null, servers: {}, ...over });
const token: Token = {
  user: 'ada', id: 'a7', kind: 'api_token', roles: [], scopes: [], labdeck_allows: ['Start servers.'], created: '2026-11-20T12:00:00Z', last_activity: null, expires_at: null, note: 'laptop <b>', session_id: null, oauth_client: 'JupyterHub',
};

beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(live, 'client', 'get').mockReturnValue(client as never);
  const users = [user('lea', { admin: true }), user('ada', { groups: ['lab'] }), user('bo')];
  live.snapshot = { ...emptySnapshot(), users, servers: [] };
  live.failures = {};
  live.rights = ALL_RIGHTS;
  toasts.list = [];
  client.listUsers.mockResolvedValue(users);
  client.listGroups.mockResolvedValue([lab]);
  client.listRoles.mockResolvedValue([role('helper', { holders: { ...none, groups: ['lab'] } }), role('reader')]);
  client.listTokens.mockResolvedValue([token]);
  client.listRights.mockResolvedValue([{ scope: 'servers', words: 'Start and stop servers.' }]);
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) { this.open = true; };
});
afterEach(cleanup);

/** Chooses in a list. happy-dom knows no `:checked` for options, by which Svelte asks what is chosen. */
async function choose(testid: string, value: string): Promise<void> {
  const select = screen.getByTestId<HTMLSelectElement>(testid);
  const option = [...select.options].find((other) => other.value === value) ?? null;
  vi.spyOn(select, 'querySelector').mockReturnValue(option);
  await fireEvent.change(select);
}

test('groups are listed, refused in words, and made', async () => {
  client.listGroups.mockRejectedValueOnce(new HubError(403, 'Not for you.')).mockResolvedValueOnce([]).mockResolvedValue([lab]);
  render(Groups);
  expect(screen.getByRole('status').textContent).toBe('Looking…');
  expect(await screen.findByText('Not for you.')).toBeTruthy();
  await live.refresh('groups');
  expect(await screen.findByText('No groups')).toBeTruthy();
  await fireEvent.click(screen.getByTestId('group-add'));
  await fireEvent.input(screen.getByTestId('group-name'), { target: { value: ' lab ' } });
  await fireEvent.submit(screen.getByTestId('group-editor').querySelector('form') as HTMLFormElement);
  await vi.waitFor(() => expect(screen.getByTestId('group-row').textContent).toContain('1 person'));
  expect(client.createGroup).toHaveBeenCalledWith('lab');
  live.snapshot.roles = [];
  expect(applyEvent(live.snapshot, { type: 'groups_changed' })).toEqual(['groups', 'roles']);
});

test('to delete a group one reads whom it changes', async () => {
  render(Groups);
  await fireEvent.click(await screen.findByTestId('group-remove'));
  expect(screen.getByTestId('group-delete-dialog').textContent).toContain('1 person stays, and loses what they have only through it: 1 role (helper).');
  await fireEvent.click(screen.getByTestId('group-delete-confirm'));
  expect(client.deleteGroup).toHaveBeenCalledWith('lab');
});

test('people go into a group and out of it, with a way back', async () => {
  render(GroupPage, { name: 'lab' });
  await fireEvent.click(await screen.findByTestId('member-remove'));
  await vi.waitFor(() => expect(client.removeFromGroup).toHaveBeenCalledWith('lab', ['ada']));
  await vi.waitFor(() => expect(toasts.list[0]?.action?.word).toBe('Undo'));
  await fireEvent.input(screen.getByTestId('member-name'), { target: { value: 'bo, cy' } });
  await fireEvent.click(screen.getByTestId('member-add'));
  expect(client.addToGroup).toHaveBeenCalledWith('lab', ['bo', 'cy']);
});

test('properties are kept only if they are a JSON object', async () => {
  render(GroupPage, { name: 'lab' });
  await fireEvent.click(await screen.findByTestId('properties-edit'));
  await fireEvent.input(screen.getByTestId('properties-text'), { target: { value: '[1]' } });
  expect(screen.getByTestId<HTMLButtonElement>('properties-save').disabled).toBe(true);
  await fireEvent.input(screen.getByTestId('properties-text'), { target: { value: '{"site":"east"}' } });
  await fireEvent.submit(screen.getByTestId('properties-editor').querySelector('form') as HTMLFormElement);
  expect(client.updateGroupProperties).toHaveBeenCalledWith('lab', { site: 'east' });
});

test('a role is read in words before it is given', async () => {
  render(PersonPage, { name: 'ada' });
  await vi.waitFor(() => expect(screen.getByTestId('role').textContent).toContain('through lab'));
  expect(screen.queryByTestId('role-take')).toBeNull();
  await choose('role-choice', 'reader');
  expect(screen.getByTestId('role-preview').textContent).toBe('List people.');
  await fireEvent.click(screen.getByTestId('role-give'));
  expect(client.giveRole).toHaveBeenCalledWith('reader', { user: 'ada' });
});

test('to become an admin is asked twice, and the only one stays', async () => {
  const { unmount } = render(PersonPage, { name: 'lea' });
  expect(screen.queryByTestId('person-admin')).toBeNull();
  unmount();
  render(PersonPage, { name: 'ada' });
  await fireEvent.click(screen.getByTestId('person-admin'));
  await fireEvent.click(screen.getByTestId('admin-confirm'));
  expect(client.updateUser).toHaveBeenCalledWith('ada', { admin: true });
});

test('a token is shown once, and revoked after a question', async () => {
  client.createToken.mockResolvedValue({ ...token, token: 'sesame' });
  render(PersonPage, { name: 'ada' });
  await fireEvent.click(await screen.findByTestId('token-add'));
  await fireEvent.input(screen.getByTestId('token-note'), { target: { value: 'figures' } });
  await fireEvent.click(screen.getByTestId('token-some'));
  expect(screen.getByTestId<HTMLButtonElement>('token-save').disabled).toBe(true);
  await vi.waitFor(() => expect(screen.getByText('Start and stop servers.')).toBeTruthy());
  await fireEvent.click(screen.getAllByTestId('token-scope')[1] as HTMLElement);
  await fireEvent.submit(screen.getByTestId('token-editor').querySelector('form') as HTMLFormElement);
  expect((await screen.findByTestId<HTMLInputElement>('token-text')).value).toBe('sesame');
  expect(client.createToken).toHaveBeenCalledWith('ada', { note: 'figures', expires_in: 2_592_000, scopes: ['servers!user=ada'] });
  await fireEvent.click(screen.getByTestId('token-done'));
  expect(document.body.textContent).not.toContain('sesame');
  await fireEvent.click(screen.getByTestId('token-revoke'));
  await fireEvent.click(screen.getByTestId('token-revoke-confirm'));
  expect(client.deleteToken).toHaveBeenCalledWith('ada', 'a7');
});

test('rights that read alike are all listed', async () => {
  const alike = 'A right that a service of this hub defines.';
  client.listTokens.mockResolvedValue([{ ...token, labdeck_allows: ['Start servers.', alike, alike] }]);
  render(PersonPage, { name: 'ada' });
  await vi.waitFor(() => expect(screen.getByTestId('token').querySelectorAll('li')).toHaveLength(2));
});

test('who may only look is offered nothing to do', async () => {
  live.rights = rightsOf(['list:users!group=lab', 'read:users!group=lab', 'list:groups!group=lab', 'read:groups!group=lab']);
  render(PersonPage, { name: 'ada' });
  await vi.waitFor(() => expect(screen.getByTestId('person-group')).toBeTruthy());
  for (const id of ['group-leave', 'group-choice', 'roles', 'tokens', 'person-admin']) expect(screen.queryByTestId(id)).toBeNull();
});
