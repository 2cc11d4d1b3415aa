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
    const common = ['--data', app.folder, '--stand-in-failures', '0'];
    app.program = new Program('connect', [...common, '--port', '0', '--stand-in-port', '0']);
    const [open, talksTo] = await app.program.start(2);
    app.origin = /^Open (http:\/\/127\.0\.0\.1:\d+)$/.exec(open)[1];
    app.google = /\((http:\/\/127\.0\.0\.1:\d+)\)/.exec(talksTo)[1];
    const port = (origin) => new URL(origin).port;
    app.program.args = [...common, '--port', port(app.origin), '--stand-in-port', port(app.google)];
    return app;
  }

  /** Starts the app with a stand-in that is a program of its own, and whose clock is this fast. */
  static async startWith(act, speed = 600) {
    // The stand-in has to know the port of the app, and the app the address of the stand-in: an app
    // is started first, to find a port that is free.
    const before = await App.start();
    const { port } = new URL(before.origin);
    await before.stop();
    const standIn = await StandIn.start(port, speed);
    const app = new App();
    app.folder = mkdtempSync(path.join(tmpdir(), 'connect-'));
    app.origin = `http://127.0.0.1:${port}`;
    app.program = new Program('connect', ['--port', port, '--data', app.folder], standIn.env);
    app.google = standIn.env.API_BASE_URL;
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
  static async start(appPort, speed) {
    const standIn = new StandIn();
    standIn.folder = mkdtempSync(path.join(tmpdir(), 'stand-in-'));
    const args = [
      ...['--state', path.join(standIn.folder, 'state.json'), '--speed', String(speed), '--job-minutes', '6', '12'],
      ...['--redirect-uri', `http://127.0.0.1:${appPort}/callback`],
    ];
    standIn.program = new Program('stand-in', [...args, '--port', '0']);
    const lines = await standIn.program.start(10);
    standIn.env = Object.fromEntries(lines.map((line) => line.split('=')));
    standIn.env.CONNECT_KEY = '0'.repeat(64);
    standIn.program.args = [...args, '--port', new URL(standIn.env.API_BASE_URL).port];
    return standIn;
  }
}

const tests = [];
const test = (rule, act, settings = {}) => tests.push({ rule, act, settings });

const heading = (page) => page.locator('h1').innerText();
const notice = (page) => page.locator('.notice h2').first().innerText();

async function open(page, service) {
  const details = page.locator('details.service', { has: page.getByText(service, { exact: true }) }).first();
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
}

const SERVICES = {
  Bookmarks: 'Chrome',
  'Browsing history': 'Chrome',
  'YouTube comments': 'YouTube',
  Extensions: 'Chrome',
};

/** Ticks, and goes on to the summary. */
async function review(page, app, ...labels) {
  await page.goto(app.origin);
  for (const label of labels) {
    await open(page, SERVICES[label]);
    await page.getByRole('checkbox', { name: label, exact: true }).check();
  }
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
}

async function choose(page, app, ...labels) {
  await review(page, app, ...labels);
  assert.equal(await heading(page), 'Before you go to Google');
  await page.getByRole('button', { name: 'Continue to Google' }).click();
}

/** Decides at the stand-in: what to hand over, and for how long. */
async function decide(page, labels, period = 'One time') {
  for (const label of labels) await page.getByRole('checkbox', { name: new RegExp(label) }).check();
  await page.getByRole('radio', { name: new RegExp(period) }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function bring(page, app, labels, period) {
  await choose(page, app, ...labels);
  await decide(page, labels, period);
  await page.waitForURL(`${app.origin}/exports`);
}

/** Removes the access where the page links to, and comes back. */
async function removeAccess(page) {
  const [connections] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: /Connections of your Google account/ }).first().click(),
  ]);
  await connections.getByRole('button', { name: /Remove access/ }).click();
  await connections.getByText('No app has access.').waitFor();
}

/** Does what the steps on a page say, until the data is there. */
async function obey(page, app, label = 'Bookmarks') {
  await removeAccess(page);
  await page.getByRole('link', { name: 'Continue again' }).click();
  await page.getByRole('button', { name: 'Continue to Google' }).click();
  await decide(page, [label]);
  await arrives(page, app, label);
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

/** Looks again, as a user without scripts does, until the page shows something. */
async function appears(page, locator, address = page.url()) {
  for (const begun = Date.now(); Date.now() - begun < 60_000; await sleep(500)) {
    await page.goto(address);
    if ((await locator.count()) > 0) return;
  }
  assert.fail(`${locator} never came`);
}

const inside = (page, label) => page.getByRole('link', { name: `Look inside ${label}`, exact: true });

async function arrives(page, app, label) {
  await appears(page, inside(page, label), `${app.origin}/exports`);
}

test('the way from the choice to the data and a copy of it needs no script', async (page, app) => {
  await bring(page, app, ['Bookmarks', 'YouTube comments'], '30 days');
  assert.equal(await heading(page), 'Your data');
  assert.match(await page.innerText('main'), /Access for 30 days more, until/);
  await arrives(page, app, 'YouTube comments');
  await inside(page, 'YouTube comments').click();
  assert.equal(await heading(page), 'YouTube comments');
  assert((await page.locator('dl.entry').count()) > 0, 'the first entries are shown');
  const saved = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download part 1' }).click();
  const file = await saved;
  assert.equal(file.suggestedFilename(), 'youtube-comments-1.zip');
  assert.equal(readFileSync(await file.path()).subarray(0, 2).toString(), 'PK');
});

// A1
test('ten minutes and more on Google’s page cost nothing', (page) =>
  App.startWith(async (app) => {
    await choose(page, app, 'Bookmarks');
    // The stand-in's clock runs fast: twenty minutes.
    await sleep(2_000);
    await decide(page, ['Bookmarks']);
    await arrives(page, app, 'Bookmarks');
  }));

// A1
test('a code that came too late is told, and the steps lead to the data', (page) =>
  App.startWith(async (app) => {
    await choose(page, app, 'Bookmarks');
    const callback = await callbackWhileDown(page, app, ['Bookmarks']);
    await sleep(2_000);
    await page.goto(callback);
    assert.equal(await heading(page), 'Google’s answer was lost');
    await obey(page, app);
  }));

// A2
test('with Google out of reach the answer is kept, and the data arrives when it is back', (page) =>
  App.startWith(async (app, standIn) => {
    await choose(page, app, 'Bookmarks');
    const callback = await callbackWhileDown(page, app, ['Bookmarks']);
    await standIn.program.kill();
    await page.goto(callback);
    assert.equal(await heading(page), 'You agreed; Google is out of reach');
    await app.killAndRestart();
    await standIn.program.start(10);
    await arrives(page, app, 'Bookmarks');
  }, 60));

// A3
test('a second browser is told what blocks it, and the steps lead to the data', async (page, app) => {
  await bring(page, app, ['Bookmarks'], '30 days');
  const other = await browser.newContext({ javaScriptEnabled: false });
  const second = await other.newPage();
  await choose(second, app, 'Bookmarks', 'YouTube comments');
  await decide(second, ['Bookmarks', 'YouTube comments']).catch(() => {});
  assert.match(await heading(second), /blocked/i);
  await second.goto(app.origin);
  assert.equal(await notice(second), 'You have not come back from Google');
  await second.getByRole('link', { name: 'What to do about it' }).click();
  // What the first browser has exported today can be exported again tomorrow, as Google has it.
  await obey(second, app, 'YouTube comments');
  await other.close();
});

// A3
test('a second device takes up the data with a link', async (page, app) => {
  await bring(page, app, ['Bookmarks'], '30 days');
  await arrives(page, app, 'Bookmarks');
  await page.getByRole('button', { name: 'Make a link for another device' }).click();
  const link = await page.locator('.secret').innerText();
  const other = await browser.newContext({ javaScriptEnabled: false });
  const second = await other.newPage();
  await second.goto(link);
  await second.getByRole('button', { name: /take up my data/ }).click();
  assert.equal(await notice(second), 'Your data is open on one more device');
  await inside(second, 'Bookmarks').click();
  assert.equal(await heading(second), 'Bookmarks');
  await other.close();
});

// B
test('what has arrived stays while it is exported again', async (page, app) => {
  await bring(page, app, ['Bookmarks'], '30 days');
  const again = page.getByRole('link', { name: 'Export it again now…' });
  await appears(page, again, `${app.origin}/exports`);
  await again.click();
  assert.equal(await heading(page), 'Export it again?');
  await page.getByRole('button', { name: 'Export it again' }).click();
  assert.match(await page.innerText('main'), /Google allows it again (today|tomorrow)/);
  await inside(page, 'Bookmarks').click();
  assert.equal(await heading(page), 'Bookmarks');
});

// C
test('no badge says of one kind that it is more private than another', async (page, app) => {
  await page.goto(app.origin);
  assert(!/private\b(?! (playlists|videos))/i.test(await page.innerText('main')));
});

// D
test('all of a service but one: what is seen, heard and sent is the same', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'YouTube');
  await page.getByRole('button', { name: 'Tick all of YouTube' }).click();
  const group = page.getByRole('group', { name: 'YouTube' });
  const boxes = group.getByRole('checkbox');
  const all = await boxes.count();
  assert.equal(await group.getByRole('checkbox', { checked: true }).count(), all);
  await group.getByRole('checkbox', { name: 'YouTube messages' }).uncheck();
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  assert.match(await page.innerText('main'), new RegExp(`asks for ${all - 1} kinds of data`));
  assert(!(await page.innerText('main')).includes('YouTube messages'));
  await page.getByRole('button', { name: 'Continue to Google' }).click();
  assert.equal(await page.locator('input[name=scope]').count(), all - 1);
});

test('with scripts too, all of a service is ticks', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'YouTube');
  const group = page.getByRole('group', { name: 'YouTube' });
  await page.getByRole('button', { name: 'Tick all of YouTube' }).click();
  const all = await group.getByRole('checkbox').count();
  assert.equal(await group.getByRole('checkbox', { checked: true }).count(), all);
  await group.getByRole('checkbox').first().uncheck();
  await page.getByRole('button', { name: 'Tick all of YouTube' }).click();
  await page.getByRole('button', { name: 'Untick all of YouTube' }).click();
  assert.equal(await group.getByRole('checkbox', { checked: true }).count(), 0);
}, { javaScriptEnabled: true });

// E
test('the page updates itself, and undoes nothing that the user does', async (page, app) => {
  await bring(page, app, ['Bookmarks', 'YouTube comments'], '30 days');
  await page.getByRole('button', { name: 'Pause updates' }).click();
  await page.getByRole('button', { name: 'Go on updating' }).click();
  await page.getByText('What just happened, for developers').click();
  const repeat = page.getByLabel('Export it again');
  await repeat.selectOption('Every week');
  await repeat.focus();
  await inside(page, 'Bookmarks').waitFor({ timeout: 60_000 });
  assert.equal(await repeat.inputValue(), '7');
  assert(await repeat.evaluate((element) => element === document.activeElement), 'the focus stays');
  assert(await page.getByRole('link', { name: 'See requests and responses' }).isVisible());
}, { javaScriptEnabled: true });

test('a notice stays until it is read', async (page, app) => {
  await bring(page, app, ['Bookmarks']);
  await page.getByRole('link', { name: 'End this access…' }).click();
  await page.getByRole('button', { name: 'End access' }).click();
  assert.equal(await notice(page), 'Access has ended');
  await page.reload();
  assert.equal(await notice(page), 'Access has ended');
  await page.getByRole('button', { name: 'Close this notice' }).click();
  assert.equal(await page.locator('.notice').count(), 0);
});

// F
test('times are in the zone of the browser’s language, or in the one that the user chooses', async (page, app) => {
  await page.goto(`${app.origin}/exports`);
  assert.match(await page.innerText('footer'), /\(Europe\/Zurich\)/);
  assert.match(await page.innerText('footer'), /This is a demo\..* 600 times as fast/);
  await page.getByLabel('Times are those of').selectOption('Europe/Athens');
  await page.getByRole('button', { name: 'Use this zone' }).click();
  assert.match(await page.innerText('footer'), /\(Europe\/Athens\)/);
  await page.goto(app.origin);
  assert.match(await page.innerText('footer'), /\(Europe\/Athens\)/);
}, { locale: 'de-CH' });

test('with scripts, times are in the browser’s own zone', async (page, app) => {
  const told = page.waitForResponse(`${app.origin}/zone`);
  await page.goto(app.origin);
  await told;
  await page.reload();
  assert.match(await page.innerText('footer'), /\(Europe\/Lisbon\)/);
}, { javaScriptEnabled: true, timezoneId: 'Europe/Lisbon' });

// G
test('what costs a day asks first', async (page, app) => {
  await bring(page, app, ['Bookmarks'], '30 days');
  await appears(page, page.getByRole('link', { name: 'Cancel… Bookmarks' }), `${app.origin}/exports`);
  await page.getByRole('link', { name: 'Cancel… Bookmarks' }).click();
  assert.equal(await heading(page), 'Cancel Bookmarks?');
  assert.match(await page.innerText('main'), /a day after/);
  await page.getByRole('link', { name: 'Let it go on' }).click();
  await arrives(page, app, 'Bookmarks');
});

// H
test('everything granted is folded by service, and fits on a few screens of a phone', async (page, app) => {
  await bringEverything(page, app);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  assert(height / PHONE.height <= 6, `${height / PHONE.height} screens`);
  assert.match(await page.innerText('main'), /\d+ of \d+ kinds of data are here/);
  const all = page.getByRole('link', { name: /Download all of it/ });
  await appears(page, all);
  const saved = page.waitForEvent('download');
  await all.click();
  assert.equal((await saved).suggestedFilename(), 'all.zip');
}, { javaScriptEnabled: true });

// J
test('before Google each kind has a purpose, and retention and privacy are said', async (page, app) => {
  await review(page, app, 'Bookmarks', 'YouTube comments');
  const text = await page.innerText('main');
  for (const said of [/To take your browser along/, /keeps what arrives for 30 days/, /Nobody but you/, /Access blocked/]) {
    assert.match(text, said);
  }
});

test('a click on a description ticks', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'Chrome');
  await page.locator('label[for="chrome.bookmarks"] .about').click();
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
});

test('a search keeps the ticks, the focus and what it matches in sight', async (page, app) => {
  await page.goto(app.origin);
  await open(page, 'Chrome');
  await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).check();
  const search = page.getByRole('searchbox');
  await search.fill('street view');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=street/);
  assert.match(await page.innerText('main'), /1 kind of data matches “street view”/);
  assert(await search.evaluate((element) => element === document.activeElement));
  const [match, ticked] = await page.locator('.services').all();
  assert.match(await match.innerText(), /Street View/);
  assert.match(await ticked.innerText(), /Bookmarks/);
  assert.equal(await page.getByRole('checkbox', { name: 'Browsing history' }).count(), 0);
  await page.getByRole('button', { name: 'Show everything' }).click();
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
});

test('nothing ticked: the form says so, in the title too, and has the focus', async (page, app) => {
  await review(page, app);
  assert.equal(await notice(page), 'Nothing is ticked');
  assert.match(await page.title(), /^Error: /);
  assert(await page.locator('.notice').evaluate((element) => element === document.activeElement));
});

test('what is left out at Google is told, and not exported', async (page, app) => {
  await choose(page, app, 'Bookmarks', 'Browsing history');
  await decide(page, ['Bookmarks']);
  await page.waitForURL(`${app.origin}/exports`);
  assert.match(await page.innerText('main'), /You left out 1 kind of data/);
  assert.deepEqual(await page.locator('h3').allInnerTexts(), ['Bookmarks']);
});

test('a user who declines is told, and finds the ticks again', async (page, app) => {
  await choose(page, app, 'Bookmarks');
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await notice(page), 'You declined');
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
  assert(!/code=|state=/.test(page.url()), 'no secret is left in the address');
});

test('a double click on either button costs nothing', async (page, app) => {
  await review(page, app, 'Bookmarks');
  await page.getByRole('button', { name: 'Continue to Google' }).dblclick();
  await page.waitForURL(/auth/);
  await page.getByRole('checkbox', { name: /Bookmarks/ }).check();
  await page.getByRole('button', { name: 'Continue' }).dblclick();
  // The second click breaks off what the first has begun.
  await page.getByRole('heading', { name: 'Your data' }).waitFor({ timeout: 60_000 });
  await page.goto(`${app.origin}/exports`);
  assert.deepEqual(await page.locator('h3').allInnerTexts(), ['Bookmarks']);
});

/** Goes back or forward. While a page of another site takes its place, the page cannot be asked. */
async function go(page, direction) {
  const isAway = (error) => error.message.includes('Not attached to an active page');
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      return await page[direction]();
    } catch (error) {
      if (!isAway(error)) throw error;
      await page.waitForTimeout(50);
    }
  }
  throw new Error(`the page cannot be asked to ${direction}`);
}

test('the back button leads to pages that still work', async (page, app) => {
  await bring(page, app, ['Bookmarks']);
  await page.getByRole('heading', { name: 'Your data' }).waitFor();
  await go(page, 'goBack');
  await go(page, 'goBack');
  await choose(page, app, 'YouTube comments');
  await go(page, 'goBack');
  assert.equal(await heading(page), 'Before you go to Google');
  await go(page, 'goForward');
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
  await review(page, app);
  await reload();
  await choose(page, app, 'Bookmarks');
  await reload();
  await decide(page, ['Bookmarks']);
  await page.waitForURL(`${app.origin}/exports`);
  await reload();
  await page.getByRole('button', { name: 'Make a link for another device' }).click();
  await reload();
  await arrives(page, app, 'Bookmarks');
  await inside(page, 'Bookmarks').click();
  await reload();
  for (const address of ['/happened', '/help', '/outcome']) {
    await page.goto(app.origin + address);
    await reload();
  }
});

test('access that the user removed at Google is told, and can be given again', async (page, app) => {
  await bring(page, app, ['Bookmarks'], '30 days');
  await page.goto(`${app.origin}/help`);
  await removeAccess(page);
  const again = page.getByRole('link', { name: 'Give access again Bookmarks' });
  await appears(page, again, `${app.origin}/exports`);
  await again.click();
  assert(await page.getByRole('checkbox', { name: 'Bookmarks', exact: true }).isChecked());
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByRole('button', { name: 'Continue to Google' }).click();
  await decide(page, ['Bookmarks'], '30 days');
  await arrives(page, app, 'Bookmarks');
});

test('the app is killed on the way, and everything goes on', async (page, app) => {
  await choose(page, app, 'Bookmarks', 'YouTube comments');
  await app.killAndRestart();
  await decide(page, ['Bookmarks', 'YouTube comments']);
  await page.waitForURL(`${app.origin}/exports`);
  // A call that starts a job and is lost is waited for: for a day, if in doubt.
  await appears(page, page.getByText('Google has been gathering it').nth(1));
  await app.killAndRestart();
  await arrives(page, app, 'Bookmarks');
  await app.killAndRestart();
  await page.goto(`${app.origin}/exports`);
  await inside(page, 'Bookmarks').click();
  assert.equal(await heading(page), 'Bookmarks');
});

test('a form of another site does nothing', async (page, app) => {
  await bring(page, app, ['Bookmarks']);
  const end = await page.getByRole('link', { name: 'End this access…' }).getAttribute('href');
  await page.goto(`data:text/html,<form method=post action="${app.origin}${end}"><button>Go</button></form>`);
  await page.getByRole('button', { name: 'Go' }).click();
  assert.equal(await heading(page), 'Not sent from here');
  await page.goto(`${app.origin}/exports`);
  assert.equal(await heading(page), 'Your data');
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
  const send = page.getByRole('button', { name: 'Continue', exact: true });
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
  await page.waitForURL(/review/);
  await tabTo(page.getByRole('button', { name: 'Continue to Google' }));
  await page.keyboard.press('Enter');
  await page.waitForURL(/auth/);
});

test('on a phone the button is at most three screens from the top, and in sight from the start', async (page, app) => {
  await page.goto(app.origin);
  const form = await page.locator('main form').boundingBox();
  assert((form.y + form.height) / PHONE.height <= 3, `${(form.y + form.height) / PHONE.height} screens`);
  const button = await page.getByRole('button', { name: 'Continue', exact: true }).boundingBox();
  assert(button.y + button.height <= PHONE.height);
});

async function bringEverything(page, app) {
  await page.goto(app.origin);
  await page.evaluate(() => document.querySelectorAll('input[type=checkbox]').forEach((box) => (box.checked = true)));
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByRole('button', { name: 'Continue to Google' }).click();
  await page.getByRole('checkbox', { name: /Select all/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(`${app.origin}/exports`);
}

const LOOKS = [
  ['phone', PHONE, { colorScheme: 'light' }],
  ['phone', PHONE, { colorScheme: 'dark' }],
  ['desktop', DESKTOP, { colorScheme: 'light' }],
  ['desktop', DESKTOP, { colorScheme: 'dark' }],
  ['desktop', DESKTOP, { forcedColors: 'active' }],
  ['narrowest', NARROWEST, { colorScheme: 'light' }],
];
for (const [device, viewport, colors] of LOOKS) {
  const scheme = Object.values(colors)[0];
  test(`every page is accessible and fits: ${device}, ${scheme}`, async (page, app) => {
    let shot = 0;
    const look = async () => {
      const name = `${await page.title()} (${(shot += 1)})`;
      if (process.env.SCREENSHOTS) {
        const file = `${device}-${scheme}-${String(shot).padStart(2, '0')}.png`;
        await page.screenshot({ path: path.join(process.env.SCREENSHOTS, file) });
        await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `full-${file}`), fullPage: true });
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert(wider <= 0, `${name} is ${wider} px too wide`);
      await page.addScriptTag({ path: axe });
      // Forced colors are the user's own, and axe reads those of the style sheet.
      const rules = { 'color-contrast': { enabled: !colors.forcedColors } };
      const { violations } = await page.evaluate((options) => axe.run(options), { rules });
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
      assert.deepEqual(found, [], name);
    };
    const at = async (address) => {
      await page.goto(app.origin + address);
      await look();
    };
    for (const address of [
      '/',
      '/exports',
      '/happened',
      '/help',
      '/review',
      '/?q=maps&r=chrome.bookmarks&all=discover',
      '/?q=nothing+like+it',
      '/nowhere',
      '/devices/take-up/none',
    ]) {
      await at(address);
    }
    await review(page, app, 'Bookmarks', 'Browsing history', 'YouTube comments');
    await look();
    await page.getByRole('button', { name: 'Continue to Google' }).click();
    await look();
    await at('/');
    await page.goto(`${app.origin}/callback?state=x&code=y`);
    await look();
    await choose(page, app, 'Bookmarks', 'Browsing history', 'YouTube comments');
    await decide(page, ['Bookmarks', 'YouTube comments'], '30 days');
    await page.waitForURL(`${app.origin}/exports`);
    await look();
    await page.getByText('What just happened, for developers').click();
    await look();
    await page.getByRole('button', { name: 'Make a link for another device' }).click();
    await look();
    await at('/exports/1/chrome.bookmarks/cancel');
    await arrives(page, app, 'YouTube comments');
    await look();
    await inside(page, 'YouTube comments').click();
    await look();
    await page.getByRole('link', { name: 'Delete it…' }).click();
    await look();
    await at('/happened');
    await at('/access/1/end');
    await page.getByRole('button', { name: 'End access' }).click();
    await look();
    await bringEverything(page, app);
    await look();
    await at('/');
    assert.equal(await heading(page), 'You allowed everything');
  }, { viewport, ...colors, javaScriptEnabled: true, bypassCSP: true });
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
