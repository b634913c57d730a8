// Takes pictures of every screen of the built window, in both schemes, against the make-believe hub.
//   npm run build && node dev/screens.mjs FOLDER [name-part]
// Needs a Chromium: CHROMIUM=/path, else /usr/bin/chromium.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';
import { preview } from 'vite';

const [folder = 'screens', only = ''] = process.argv.slice(2);
const ui = fileURLToPath(new URL('..', import.meta.url));
mkdirSync(folder, { recursive: true });

const by = (id) => `[data-testid="${id}"]`;
const section = (name) => async (page) => { await page.click(by(`nav-${name}`)); };
const row = (user, button) => async (page) => {
  await section('servers')(page);
  await page.click(`[data-testid="server-row"][data-user="${user}"][data-server=""] ${by(button)}`);
};
const SHOTS = [
  ['claim', 'claim', async () => undefined],
  ['overview', 'full', async () => undefined],
  ['overview-first', 'first', async () => undefined],
  ['overview-no-docker', 'no-docker', async () => undefined],
  ['overview-trouble', 'trouble', async () => undefined],
  ['port', 'trouble', async (page) => { await page.click(by('hub-switch')); }],
  ['network', 'first', async (page) => { await page.click(by('network-lan')); }],
  ['people', 'full', section('people')],
  ['people-first', 'first', section('people')],
  ['people-add', 'full', async (page) => {
    await section('people')(page);
    await page.click(by('add-person'));
    await page.fill(by('person-names'), 'sara\nemil');
  }],
  ['people-links', 'full', async (page) => {
    await section('people')(page);
    await page.click(by('add-person'));
    await page.fill(by('person-names'), 'sara, emil');
    await page.click(by('add-submit'));
  }],
  ['people-link', 'full', async (page) => {
    await section('people')(page);
    await page.click(`[data-user="maya"] ${by('new-link')}`);
  }],
  ['people-remove', 'full', async (page) => {
    await section('people')(page);
    await page.click(`[data-user="maya"] ${by('remove-person')}`);
  }],
  ['stacks', 'full', section('stacks')],
  ['stacks-first', 'first', section('stacks')],
  ['stacks-no-docker', 'no-docker', section('stacks')],
  ['stack-edit', 'full', async (page) => {
    await section('stacks')(page);
    await page.click(`[data-stack="scipy"] ${by('stack-edit')}`);
  }],
  ['servers', 'full', section('servers')],
  ['servers-problems', 'full', async (page) => { await section('servers')(page); await page.click(by('tab-problems')); }],
  ['servers-gpus', 'full', async (page) => { await section('servers')(page); await page.click(by('tab-gpus')); }],
  ['servers-no-gpus', 'trouble', async (page) => { await section('servers')(page); await page.click(by('tab-gpus')); }],
  ['servers-queue', 'full', async (page) => { await section('servers')(page); await page.click(by('tab-queue')); }],
  ['servers-trouble', 'trouble', section('servers')],
  ['server-menu', 'full', row('maya', 'server-menu')],
  ['server-start', 'full', row('anna', 'server-start')],
  ['server-visit', 'full', row('maya', 'server-open')],
  ['server-stop', 'full', row('maya', 'server-stop')],
  ['server-why', 'full', row('per', 'server-why')],
  ['server-awake', 'full', async (page) => { await row('maya', 'server-menu')(page); await page.click(by('menu-awake')); }],
  ['server-message', 'full', async (page) => { await row('maya', 'server-menu')(page); await page.click(by('menu-message')); }],
  ['server-stats', 'full', async (page) => { await row('maya', 'server-link')(page); await page.waitForTimeout(4000); }],
  ['server-day', 'full', async (page) => { await row('maya', 'server-link')(page); await page.click(by('stats-span-day')); }],
  ['server-notes', 'full', row('jonas', 'server-link')],
  ['server-failed', 'full', row('per', 'server-link')],
  ['server-log', 'full', async (page) => {
    await row('maya', 'server-link')(page);
    await page.click(by('tab-log'));
    await page.fill(by('log-search'), 'kernel');
    await page.press(by('log-search'), 'Enter');
  }],
  ['server-events', 'full', async (page) => { await row('maya', 'server-link')(page); await page.click(by('tab-events')); }],
  ['server-used', 'trouble', async (page) => { await row('maya', 'server-link')(page); await page.click(by('tab-used')); }],
  ['settings', 'full', section('settings')],
  ['settings-first', 'first', section('settings')],
  ['settings-idle', 'full', async (page) => { await section('settings')(page); await page.locator(by('idle')).scrollIntoViewIfNeeded(); await page.locator(by('environment')).scrollIntoViewIfNeeded(); }],
  ['size-editor', 'full', async (page) => { await section('settings')(page); await page.click(by('size-add')); }],
  ['storage', 'full', section('storage')],
  ['storage-first', 'first', section('storage')],
  ['storage-menu', 'full', async (page) => { await section('storage')(page); await page.click(`[data-home="old"] ${by('home-menu')}`); }],
  ['storage-delete', 'full', async (page) => {
    await section('storage')(page);
    await page.click(`[data-home="old"] ${by('home-menu')}`);
    await page.click(by('home-delete'));
  }],
  ['groups', 'full', section('groups')],
  ['groups-first', 'first', section('groups')],
  ['groups-delete', 'full', async (page) => { await section('groups')(page); await page.click(`[data-group="imaging"] ${by('group-remove')}`); }],
  ['group', 'full', async (page) => { await section('groups')(page); await page.click(`[data-group="imaging"] ${by('group-link')}`); await page.locator('summary').first().click(); }],
  ['group-properties', 'full', async (page) => { await section('groups')(page); await page.click(`[data-group="imaging"] ${by('group-link')}`); await page.click(by('properties-edit')); }],
  ['person', 'full', async (page) => { await section('people')(page); await page.click(`[data-user="maya"] ${by('person-link')}`); await page.selectOption(by('group-choice'), 'students'); }],
  ['person-tokens', 'full', async (page) => { await section('people')(page); await page.click(`[data-user="maya"] ${by('person-link')}`); await page.locator(by('tokens')).scrollIntoViewIfNeeded(); await page.locator(`${by('tokens')} > details > summary`).click(); }],
  ['person-admin', 'full', async (page) => { await section('people')(page); await page.click(`[data-user="maya"] ${by('person-link')}`); await page.click(by('person-admin')); }],
  ['token-make', 'full', async (page) => { await section('people')(page); await page.click(`[data-user="maya"] ${by('person-link')}`); await page.click(by('token-add')); await page.fill(by('token-note'), 'nightly reports'); await page.click(by('token-some')); }],
  ['token-made', 'full', async (page) => { await section('people')(page); await page.click(`[data-user="maya"] ${by('person-link')}`); await page.click(by('token-add')); await page.fill(by('token-note'), 'nightly reports'); await page.click(by('token-save')); }],
  ['sharing', 'full', section('sharing')],
  ['sharing-received', 'full', async (page) => { await section('sharing')(page); await page.click(by('tab-received')); }],
  ['sharing-all', 'full', async (page) => { await section('sharing')(page); await page.click(by('tab-all')); }],
  ['sharing-first', 'first', section('sharing')],
  ['sharing-make', 'full', async (page) => { await section('sharing')(page); await page.click(by('share-add')); }],
  ['sharing-link', 'full', async (page) => { await section('sharing')(page); await page.click(by('share-add')); await page.selectOption(by('share-whom'), 'link'); await page.click(by('share-save')); }],
  ['sharing-wrong', 'full', async (page) => { await section('sharing')(page); await page.fill(by('open-link-text'), 'http://other.example.org/hub/accept-share?code=1'); await page.click(by('open-link-submit')); }],
  ['sharing-open', 'full', async (page) => { await section('sharing')(page); await page.fill(by('open-link-text'), 'http://192.168.1.20:8000/user/maya/lab/tree/figures.ipynb'); await page.click(by('open-link-submit')); }],
  ['services', 'full', section('services')],
  ['services-first', 'first', section('services')],
  ['services-log', 'full', async (page) => { await section('services')(page); await page.click(`[data-service="reports"] ${by('service-log')}`); }],
  ['services-add', 'full', async (page) => { await section('services')(page); await page.click(by('service-add')); }],
  ['services-remove', 'full', async (page) => { await section('services')(page); await page.click(`[data-service="gallery"] ${by('service-remove')}`); }],
  ['folder-editor', 'full', async (page) => { await section('storage')(page); await page.click(by('folder-add')); }],
  ['person-idle', 'full', async (page) => {
    await section('people')(page);
    await page.click(`[data-user="maya"] ${by('person-idle')}`);
    await page.click(by('person-idle-own'));
  }],
  ['error', 'full', async (page) => {
    await section('stacks')(page);
    await page.fill(by('pull-reference'), 'Not An Image');
    await page.click(by('pull-submit'));
  }],
];

const server = await preview({ root: ui, preview: { host: '127.0.0.1', port: 18307 }, logLevel: 'error' });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
const complaints = [];
try {
  for (const [n, [name, scene, prepare]] of SHOTS.entries()) {
    if (!name.includes(only)) continue;
    for (const [scheme, width, height] of [['light', 1000, 700], ['dark', 1280, 800]]) {
      const port = 18400 + n * 2 + (scheme === 'dark' ? 1 : 0);
      const hub = spawn('node', [`${ui}/dev/mock-hub.mjs`, '--port', String(port), '--scene', scene], { stdio: 'inherit' });
      const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' });
      page.on('console', (message) => {
        // A refusal that the scene wants shown is no complaint.
        const wanted = message.text().includes('the server responded with a status of 4');
        if (['error', 'warning'].includes(message.type()) && !wanted) complaints.push(`${name}: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
      try {
        await new Promise((resolve) => setTimeout(resolve, 400));
        await page.goto(`http://127.0.0.1:18307/?base=http://127.0.0.1:${port}#token=mock`);
        await page.waitForSelector('h1');
        await page.waitForTimeout(scene === 'full' ? 2500 : 700);
        await prepare(page);
        await page.waitForTimeout(500);
        await page.screenshot({ path: `${folder}/${name}-${scheme}.png` });
      } catch (cause) {
        complaints.push(`${name} (${scheme}): ${cause.message}`);
      } finally {
        await page.close();
        hub.kill();
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
