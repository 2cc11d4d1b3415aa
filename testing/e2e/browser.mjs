// Walks the web app `connect` in Chromium, as its users do. Scripts are off, except where a checker
// needs them.
//
// SCREENSHOTS=some/folder keeps a picture of every page, on a phone and on a desktop.
// ONLY=text runs the tests whose rule contains the text.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const NARROWEST = { width: 320, height: 640 };

const TARGET = path.resolve(process.env.CARGO_TARGET_DIR ?? 'target', 'debug');
const axe = createRequire(import.meta.url).resolve('axe-core');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

/** A program that is started, killed, and started again where it was. */
class Program {
  constructor(name, args, env = {}) {
    Object.assign(this, { name, args, env });
  }

  /** Starts it, and returns the lines that it prints first. */
  async start(count) {
    this.child = spawn(path.join(TARGET, this.name), this.args, {
      stdio: ['ignore', 'pipe', process.env.VERBOSE ? 'inherit' : 'ignore'],
      env: { ...process.env, ...this.env },
    });
    const lines = [];
    for await (const line of createInterface(this.child.stdout)) {
      if (lines.push(line) === count) return lines;
    }
    throw new Error(`${this.name} ended before it served`);
  }

  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** The app, with the stand-in that it brings or with one of its own. */
class App {
  static async start() {
    const app = new App();
    app.folder = mkdtempSync(path.join(tmpdir(), 'connect-'));
    const db = path.join(app.folder, 'connect.db');
    const common = ['--db', db, '--stand-in-failures', '0'];
    app.program = new Program('connect', [...common, '--port', '0', '--stand-in-port', '0']);
    const [open, talksTo] = await app.program.start(2);
    app.origin = /^Open (http:\/\/127\.0\.0\.1:\d+)$/.exec(open)[1];
    app.google = /\((http:\/\/127\.0\.0\.1:\d+)\)/.exec(talksTo)[1];
    const port = (origin) => new URL(origin).port;
    app.program.args = [...common, '--port', port(app.origin), '--stand-in-port', port(app.google)];
    return app;
  }

  /** Starts the app with a stand-in that is a program of its own. */
  static async startWith(act) {
    // The stand-in has to know the port of the app, and the app the address of the stand-in: an app
    // is started first, to find a port that is free.
    const before = await App.start();
    const { port } = new URL(before.origin);
    await before.stop();
    const standIn = await StandIn.start(port);
    const app = new App();
    app.folder = mkdtempSync(path.join(tmpdir(), 'connect-'));
    app.origin = `http://127.0.0.1:${port}`;
    app.program = new Program('connect', ['--port', port, '--db', path.join(app.folder, 'connect.db')], standIn.env);
    try {
      const [, talksTo] = await app.program.start(2);
      assert.match(talksTo, /^The app talks to a stand-in for Google on this machine/);
      await act(app, standIn);
    } finally {
      await app.stop();
      await standIn.program.kill();
      rmSync(standIn.folder, { recursive: true });
    }
  }

  async killAndRestart() {
    await this.program.kill();
    await this.program.start(1);
  }

  async stop() {
    await this.program.kill();
    rmSync(this.folder, { recursive: true });
  }
}

/** The stand-in as a program of its own. */
class StandIn {
  static async start(appPort) {
    const standIn = new StandIn();
    standIn.folder = mkdtempSync(path.join(tmpdir(), 'stand-in-'));
    const args = [
      ...['--state', path.join(standIn.folder, 'state.json'), '--speed', '600'],
      ...['--redirect-uri', `http://127.0.0.1:${appPort}/callback`],
    ];
    standIn.program = new Program('stand-in', [...args, '--port', '0']);
    const lines = await standIn.program.start(9);
    standIn.env = Object.fromEntries(lines.map((line) => line.split('=')));
    standIn.env.CONNECT_KEY = '0'.repeat(64);
    standIn.program.args = [...args, '--port', new URL(standIn.env.API_BASE_URL).port];
    return standIn;
  }
}

const tests = [];
const test = (rule, act, settings = {}) => tests.push({ rule, act, settings });

const heading = (page) => page.locator('h1').innerText();
const notice = (page) => page.locator('.notice h2').innerText();

async function open(page, service) {
  const details = page.locator('details.service', { has: page.getByText(service, { exact: true }) });
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
}

const SERVICES = {
  Bookmarks: 'Chrome',
  'Browsing history': 'Chrome',
  'YouTube comments': 'YouTube',
  Extensions: 'Chrome',
};

async function choose(page, app, ...labels) {
  await page.goto(app.origin);
  for (const label of labels) {
    await open(page, SERVICES[label]);
    await page.getByRole('checkbox', { name: label, exact: true }).check();
  }
  await page.getByRole('button', { name: 'Continue to Google' }).click();
}

/** Decides at the stand-in: what to hand over, and for how long. */
async function decide(page, labels, period = 'One time') {
  for (const label of labels) await page.getByRole('checkbox', { name: new RegExp(label) }).check();
  await page.getByRole('radio', { name: new RegExp(period) }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function bring(page, app, ...labels) {
  await choose(page, app, ...labels);
  await decide(page, labels);
  await page.waitForURL(`${app.origin}/exports`);
}

/** Decides at the stand-in while the app is down, so that the callback does not arrive yet. */
async function callbackWhileDown(page, app, labels) {
  await app.program.kill();
  const callback = page.waitForEvent('requestfailed', (request) => request.url().includes('/callback?'));
  await decide(page, labels).catch(() => {});
  const url = (await callback).url();
  // Chromium would load the page again as soon as it can.
  await page.waitForURL(/^chrome-error:/);
  await page.goto('about:blank');
  await app.program.start(1);
  return url;
}

/** Waits until the page, which reloads itself, shows something. */
const appears = (locator) => locator.first().waitFor({ timeout: 60_000 });

test('the way from the choice to the file needs no script', async (page, app) => {
  await choose(page, app, 'Bookmarks', 'Browsing history');
  assert(!page.url().startsWith(app.origin), 'the consent is another site');
  assert.match(await heading(page), /^Portage wants /);
  await decide(page, ['Bookmarks', 'Browsing history'], '30 days');
  await page.waitForURL(`${app.origin}/exports`);
  assert.equal(await heading(page), 'Your exports');
  assert.match(await page.innerText('main'), /Access until \d+ \w+ \d{4}, 30 days from now/);
  const download = page.getByRole('link', { name: 'Download Bookmarks' });
  await appears(download);
  const saved = page.waitForEvent('download');
  await download.click();
  const file = await saved;
  assert.equal(file.suggestedFilename(), 'chrome-bookmarks.zip');
  assert.equal(readFileSync(await file.path()).subarray(0, 2).toString(), 'PK');
  await page.goto(`${app.origin}/exports`);
  await appears(page.getByText('You have it'));
});

test('all of a service is one tick', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'Discover');
  await page.getByRole('checkbox', { name: 'All of Discover' }).check();
  await page.getByRole('button', { name: 'Continue to Google' }).click();
  assert.equal(await page.locator('input[name=scope]').count(), 3);
});

test('a click on a description ticks', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'Chrome');
  await page.locator('label[for="chrome.bookmarks"] .about').click();
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
});

test('a search keeps the ticks', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'Chrome');
  await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).check();
  await page.getByRole('searchbox').fill('street view');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=street/);
  assert.match(await page.innerText('main'), /1 kind of data matches “street view”/);
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
  assert.equal(await page.getByRole('checkbox', { name: 'Browsing history' }).count(), 0);
  await page.getByRole('button', { name: 'Show everything' }).click();
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
  await page.getByRole('button', { name: 'Continue to Google' }).click();
  assert.equal(await page.locator('input[name=scope]').count(), 1);
});

test('nothing ticked: the form says so, in the title too, and has the focus', async (page, app) => {
  await choose(page, app);
  assert.equal(await notice(page), 'Nothing is ticked');
  assert.match(await page.title(), /^Error: /);
  assert(await page.locator('.notice').evaluate((element) => element === document.activeElement));
});

test('what is left out at Google is told, and not exported', async (page, app) => {
  await choose(page, app, 'Bookmarks', 'Browsing history');
  await decide(page, ['Bookmarks']);
  await page.waitForURL(`${app.origin}/exports`);
  const text = await page.innerText('main');
  assert.match(text, /You allowed 1 kind of data/);
  assert.match(text, /You left out 1 kind of data/);
  assert.deepEqual(await page.locator('h3').allInnerTexts(), ['Bookmarks']);
});

test('a user who declines is told, and finds the ticks again', async (page, app) => {
  await choose(page, app, 'Bookmarks');
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await notice(page), 'You declined');
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
  assert(!/code=|state=/.test(page.url()), 'no secret is left in the address');
});

test('two tabs: both consents count', async (page, app) => {
  const other = await page.context().newPage();
  await choose(page, app, 'Bookmarks');
  await choose(other, app, 'YouTube comments');
  await decide(page, ['Bookmarks']);
  await page.waitForURL(`${app.origin}/exports`);
  await decide(other, ['YouTube comments']);
  await other.waitForURL(`${app.origin}/exports`);
  assert.deepEqual((await other.locator('h3').allInnerTexts()).sort(), ['Bookmarks', 'YouTube comments']);
});

test('a double click on either button costs nothing', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'Chrome');
  await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).check();
  await page.getByRole('button', { name: 'Continue to Google' }).dblclick();
  await page.waitForURL(/auth/);
  await page.getByRole('checkbox', { name: /Bookmarks/ }).check();
  await page.getByRole('button', { name: 'Continue' }).dblclick();
  await page.waitForURL(new RegExp(app.origin));
  await page.goto(`${app.origin}/exports`);
  assert.deepEqual(await page.locator('h3').allInnerTexts(), ['Bookmarks']);
});

test('the back button leads to pages that still work', async (page, app) => {
  await bring(page, app, 'Bookmarks');
  await page.goBack();
  await page.goBack();
  await page.goto(app.origin);
  await choose(page, app, 'YouTube comments');
  await page.goBack();
  assert.equal(await heading(page), 'Carry your data over');
  await page.goForward();
  await decide(page, ['YouTube comments']);
  await page.waitForURL(`${app.origin}/exports`);
  assert.equal(await page.locator('h3').count(), 2);
});

test('a reload repeats nothing, on every page', async (page, app) => {
  const reload = async () => {
    const before = [page.url(), await heading(page)];
    const response = await page.reload();
    assert.equal(response.request().method(), 'GET');
    assert.deepEqual([page.url(), await heading(page)], before);
  };
  await page.goto(app.origin);
  await reload();
  await choose(page, app);
  await reload();
  await choose(page, app, 'Bookmarks');
  await reload();
  await decide(page, ['Bookmarks']);
  await page.waitForURL(`${app.origin}/exports`);
  await reload();
  await appears(page.getByRole('link', { name: 'Download Bookmarks' }));
  await reload();
  await page.goto(`${app.origin}/happened`);
  await reload();
  await page.goto(`${app.origin}/access/end`);
  await reload();
  await page.getByRole('button', { name: 'End access' }).click();
  assert.equal(await notice(page), 'Access has ended');
  await reload();
});

test('a failed export offers to be tried again', async (page, app) => {
  await page.goto(`${app.google}/stand-in`);
  await page.getByRole('button', { name: 'Let the next job fail' }).click();
  await bring(page, app, 'Bookmarks');
  const again = page.getByRole('button', { name: 'Try again Bookmarks' });
  await appears(again);
  await again.click();
  await appears(page.getByRole('link', { name: 'Download Bookmarks' }));
});

test('a code that came too late is told, and the next one counts', (page) =>
  App.startWith(async (app) => {
    await choose(page, app, 'Bookmarks');
    const callback = await callbackWhileDown(page, app, ['Bookmarks']);
    // The stand-in's clock runs fast: ten minutes are over.
    await sleep(2_000);
    await page.goto(callback);
    assert.equal(await notice(page), 'Google refused');
    assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
  }));

test('access that the user removed at Google is told, and can be given again', async (page, app) => {
  await choose(page, app, 'Bookmarks');
  await decide(page, ['Bookmarks'], '30 days');
  await page.waitForURL(`${app.origin}/exports`);
  const stand = await page.context().newPage();
  await stand.goto(`${app.google}/stand-in`);
  await stand.getByRole('button', { name: /Remove access/ }).click();
  const again = page.getByRole('link', { name: 'Give access again Bookmarks' });
  await appears(again);
  await again.click();
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
  await page.getByRole('button', { name: 'Continue to Google' }).click();
  await decide(page, ['Bookmarks'], '30 days');
  await page.waitForURL(`${app.origin}/exports`);
  await appears(page.getByRole('link', { name: 'Download Bookmarks' }));
});

test('ending access asks first, and the same can be asked for again', async (page, app) => {
  await bring(page, app, 'Bookmarks');
  await page.getByRole('link', { name: 'End access…' }).last().click();
  assert.equal(await heading(page), 'End access?');
  await page.getByRole('link', { name: 'Keep access' }).click();
  assert.equal(await heading(page), 'Your exports');
  await page.goto(`${app.origin}/access/end`);
  await page.getByRole('button', { name: 'End access' }).click();
  assert.equal(await notice(page), 'Access has ended');
  await page.goto(`${app.origin}/exports`);
  assert.equal(await heading(page), 'No exports yet');
  await bring(page, app, 'Bookmarks');
});

test('the app is killed on the way, and everything goes on', async (page, app) => {
  await choose(page, app, 'Bookmarks', 'YouTube comments');
  await app.killAndRestart();
  await decide(page, ['Bookmarks', 'YouTube comments']);
  await page.waitForURL(`${app.origin}/exports`);
  await app.killAndRestart();
  await page.goto(`${app.origin}/exports`);
  assert.equal(await page.locator('h3').count(), 2);
  await appears(page.getByRole('link', { name: 'Download Bookmarks' }));
  await app.killAndRestart();
  await page.goto(`${app.origin}/exports`);
  const saved = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download Bookmarks' }).click();
  assert.equal(readFileSync(await (await saved).path()).subarray(0, 2).toString(), 'PK');
});

test('a form of another site does nothing', async (page, app) => {
  await bring(page, app, 'Bookmarks');
  const other = `data:text/html,<form method=post action="${app.origin}/access/end"><button>Go</button></form>`;
  await page.goto(other);
  await page.getByRole('button', { name: 'Go' }).click();
  assert.equal(await heading(page), 'Not sent from here');
  await page.goto(`${app.origin}/exports`);
  assert.equal(await heading(page), 'Your exports');
});

test('the keyboard alone is enough, and the button is 25 stops away at most', async (page, app) => {
  /** Tabs until the focus is there, and sees that it shows. */
  const tabTo = async (wanted) => {
    for (let stops = 1; stops < 100; stops += 1) {
      await page.keyboard.press('Tab');
      if (await wanted.evaluate((element) => element === document.activeElement)) {
        const style = await wanted.evaluate((element) => getComputedStyle(element).outlineStyle);
        assert.equal(style, 'solid');
        return stops;
      }
    }
    return assert.fail('the focus never came there');
  };
  const send = page.getByRole('button', { name: 'Continue to Google' });
  await page.goto(app.origin);
  const stops = await tabTo(send);
  assert(stops <= 25, `${stops} stops`);
  await page.goto(app.origin);
  await tabTo(page.locator('summary', { hasText: 'Chrome' }));
  await page.keyboard.press('Enter');
  await tabTo(page.getByRole('checkbox', { name: 'Bookmarks', exact: true }));
  await page.keyboard.press('Space');
  await tabTo(send);
  await page.keyboard.press('Enter');
  await page.waitForURL(/auth/);
});

test('on a phone the button is at most three screens from the top, and in sight from the start', async (page, app) => {
  await page.goto(app.origin);
  const form = await page.locator('form').boundingBox();
  assert((form.y + form.height) / PHONE.height <= 3, `${(form.y + form.height) / PHONE.height} screens`);
  const button = await page.getByRole('button', { name: 'Continue to Google' }).boundingBox();
  assert(button.y + button.height <= PHONE.height);
});

test('with Google out of reach the app says so, and goes on when it is back', (page) =>
  App.startWith(async (app, standIn) => {
    await bring(page, app, 'Bookmarks');
    await page.getByText('Running').first().waitFor();

    // It goes away while a user comes back from it.
    await choose(page, app, 'YouTube comments');
    const callback = await callbackWhileDown(page, app, ['YouTube comments']);
    await standIn.program.kill();
    await page.goto(callback);
    assert.equal(await notice(page), 'Google could not be reached');
    await page.goto(`${app.origin}/access/end`);
    await page.getByRole('button', { name: 'End access' }).click();
    assert.equal(await notice(page), 'Access could not be ended');
    assert.equal(await heading(page), 'Your exports', 'nothing is forgotten');

    await standIn.program.start(9);
    await appears(page.getByRole('link', { name: /Download.* Bookmarks/ }));
  }));

for (const [device, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP, narrowest: NARROWEST })) {
  for (const colorScheme of ['light', 'dark']) {
    test(`every page is accessible and fits: ${device}, ${colorScheme}`, async (page, app) => {
      let shot = 0;
      const look = async () => {
        const name = `${await page.title()} (${(shot += 1)})`;
        if (process.env.SCREENSHOTS) {
          const file = `${device}-${colorScheme}-${String(shot).padStart(2, '0')}.png`;
          await page.screenshot({ path: path.join(process.env.SCREENSHOTS, file) });
          await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `full-${file}`), fullPage: true });
        }
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert(wider <= 0, `${name} is ${wider} px too wide`);
        await page.addScriptTag({ path: axe });
        const { violations } = await page.evaluate(() => axe.run());
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
        assert.deepEqual(found, [], name);
      };
      const exports = `${app.origin}/exports?refresh=off`;
      const settled = async (locator) => {
        await page.goto(`${app.origin}/exports`);
        await appears(locator);
        await page.goto(exports);
        await look();
      };
      await page.goto(app.origin);
      await look();
      await page.goto(exports);
      await look();
      await page.goto(`${app.origin}/happened`);
      await look();
      await choose(page, app);
      await look();
      await page.goto(`${app.origin}/?q=maps&r=chrome.bookmarks&s=discover`);
      await look();
      await page.goto(`${app.origin}/?q=nothing+like+it`);
      await look();
      await page.goto(`${app.google}/stand-in`);
      await page.getByRole('button', { name: 'Let the next job fail' }).click();
      await choose(page, app, 'Bookmarks', 'Browsing history', 'YouTube comments');
      await look();
      await decide(page, ['Bookmarks', 'YouTube comments'], '30 days');
      await page.waitForURL(`${app.origin}/exports`);
      await page.goto(exports);
      await look();
      await settled(page.getByRole('button', { name: /Try again/ }));
      await settled(page.getByRole('link', { name: /Download/ }));
      const saved = page.waitForEvent('download');
      await page.getByRole('link', { name: /Download/ }).first().click();
      await (await saved).path();
      await settled(page.getByText('You have it'));
      await page.goto(`${app.origin}/happened`);
      await look();
      await page.goto(`${app.origin}/access/end`);
      await look();
      await page.goto(app.origin);
      await look();
      await page.goto(`${app.origin}/nowhere`);
      await look();
      await page.goto(`${app.google}/stand-in`);
      await page.getByRole('button', { name: /Remove access/ }).click();
      await page.goto(`${app.origin}/access/end`);
      await page.getByRole('button', { name: 'End access' }).click();
      await look();
      await page.goto(app.origin);
      await page.evaluate(() => document.querySelectorAll('input[type=checkbox]').forEach((box) => (box.checked = true)));
      await page.getByRole('button', { name: 'Continue to Google' }).click();
      await page.getByRole('checkbox', { name: /Select all/ }).check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${app.origin}/exports`);
      await page.goto(app.origin);
      assert.equal(await heading(page), 'You allowed everything');
      await look();
    }, { viewport, colorScheme, javaScriptEnabled: true, bypassCSP: true });
  }
}

let passed = 0;
let failed = 0;
try {
  for (const { rule, act, settings } of tests) {
    if (process.env.ONLY && !rule.includes(process.env.ONLY)) continue;
    const context = await browser.newContext({
      viewport: PHONE,
      javaScriptEnabled: false,
      acceptDownloads: true,
      ...settings,
    });
    context.setDefaultTimeout(20_000);
    const app = await App.start();
    try {
      await act(await context.newPage(), app);
      passed += 1;
      console.log(`ok      ${rule}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${rule}\n${error.stack}`);
    }
    await context.close();
    await app.stop();
  }
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
