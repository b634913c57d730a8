// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';

import Chart from './Chart.svelte';
import Menu from './Menu.svelte';
import Tabs from './Tabs.svelte';

const words = createRawSnippet(() => ({ render: () => '<p>Inside</p>' }));
afterEach(cleanup);

test('tabs are walked by arrow keys, round at the ends', async () => {
  const choose = vi.fn();
  render(Tabs, { tabs: [{ id: 'a', word: 'A' }, { id: 'b', word: 'B', count: 2 }], chosen: 'a', choose, label: 'Things', children: words });
  expect(screen.getByRole('tabpanel').getAttribute('aria-labelledby')).toBe(screen.getByRole('tab', { selected: true }).id);
  for (const key of ['ArrowRight', 'ArrowLeft', 'End', 'Home']) await fireEvent.keyDown(screen.getByRole('tablist'), { key });
  expect(choose.mock.calls.flat()).toEqual(['b', 'b', 'b', 'a']);
  expect(screen.getAllByRole('tab').map((tab) => tab.tabIndex)).toEqual([0, -1]);
});

test('a menu holds its items only while it is shown, and does what is chosen', async () => {
  const act = vi.fn();
  const { container } = render(Menu, { label: 'More', items: [{ word: 'Log', act }, { word: 'Stop', act: vi.fn(), kind: 'danger' }] });
  const list = container.querySelector('[role=menu]') as HTMLElement;
  expect(container.querySelectorAll('[role=menuitem]')).toHaveLength(0);
  list.hidePopover = vi.fn();
  await fireEvent(list, Object.assign(new Event('beforetoggle'), { newState: 'open' }));
  const items = [...container.querySelectorAll<HTMLElement>('[role=menuitem]')];
  await fireEvent(list, Object.assign(new Event('toggle'), { newState: 'open' }));
  expect(document.activeElement).toBe(items[0]);
  await fireEvent.keyDown(list, { key: 'ArrowUp' });
  expect(document.activeElement).toBe(items[1]);
  await fireEvent.click(items[0] as HTMLElement);
  expect([act.mock.calls.length, (list.hidePopover as ReturnType<typeof vi.fn>).mock.calls.length]).toEqual([1, 1]);
});

test('a chart says in words what it shows', () => {
  render(Chart, { title: 'Memory', series: [{ label: 'Memory', values: [1, 3, 2] }], format: (n: number) => `${n} GB`, span: 10, time: 'last 5 minutes', ceiling: 1, limit: 4 });
  expect(screen.getByRole('img').getAttribute('aria-label')).toBe('Memory, last 5 minutes: Memory now 2 GB, highest 3 GB');
});
