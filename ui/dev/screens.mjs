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
  ['server-start', 'full', async (page) => {
    await section('servers')(page);
    await page.click(`[data-user="anna"] ${by('server-start')}`);
  }],
  ['server-visit', 'full', async (page) => {
    await section('servers')(page);
    await page.click(`[data-user="maya"] ${by('server-open')}`);
  }],
  ['server-why', 'full', async (page) => {
    await section('servers')(page);
    await page.click(`[data-user="per"] ${by('server-why')}`);
  }],
  ['server-log', 'full', async (page) => {
    await section('servers')(page);
    await page.click(`[data-user="maya"] ${by('server-log')}`);
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
