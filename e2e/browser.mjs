// Walks the example `connect` in Chromium, as its users would. Scripts are off, except where a
// checker needs them.
//
// SCREENSHOTS=some/folder keeps a picture of every page, as on a phone and as on a desktop.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const NARROWEST = { width: 320, height: 640 };

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
// After the browser, which may fail to start: then nothing is left running.
const example = spawn('cargo', ['run', '--quiet', '--example', 'connect', '--', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

/** The address that the example prints, or an error if it ends before. */
async function served() {
  const ended = once(example, 'exit').then(() => {
    throw new Error('the example ended before it served');
  });
  const first = once(createInterface(example.stdout), 'line');
  const [line] = await Promise.race([first, ended]);
  const address = /^Serving (http:\/\/127\.0\.0\.1:\d+)$/.exec(line);
  assert(address, `the example says where it serves, and not ${line}`);
  return address[1];
}

const tests = [];
const test = (rule, act, settings = {}) => tests.push({ rule, act, settings });

const heading = (page) => page.locator('h1').innerText();
const listed = (page, id) => page.locator(`section[aria-labelledby=${id}] li`).allInnerTexts();

async function choose(page, ...labels) {
  await page.goto(app);
  for (const label of labels) await page.getByLabel(label, { exact: true }).check();
  await page.getByRole('button', { name: 'Continue to the consent' }).click();
}

async function allow(page, ...labels) {
  await choose(page, ...labels);
  await page.getByRole('button', { name: 'Allow' }).click();
}

async function retry(page, job) {
  await page.goto(`${app}/result`);
  await page.getByLabel('Name of the export').fill(job);
  await page.getByRole('button', { name: 'Try again' }).click();
}

test('what was granted, declined and for how long is shown, and a retry goes through', async (page) => {
  await choose(page, 'Browsing history', 'Bookmarks');
  assert.equal(await heading(page), 'Hand over your data?');
  assert(!page.url().startsWith(app), 'the consent is another server');
  await page.getByLabel('Browsing history', { exact: true }).uncheck();
  await page.getByLabel('For 180 days').check();
  await page.getByRole('button', { name: 'Allow' }).click();

  assert.equal(page.url(), `${app}/result`, 'no code is left in the address');
  assert.equal(await heading(page), 'What you allowed');
  assert.deepEqual(await listed(page, 'granted'), ['Bookmarks']);
  assert.deepEqual(await listed(page, 'declined'), ['Browsing history']);
  assert.match(await page.innerText('main'), /access for 180 days/);

  await retry(page, 'failed-export');
  assert.equal(await heading(page), 'The export was started again');
  assert.match(await page.innerText('main'), /new-export-\d/);
});

test('a user who leaves everything ticked has declined nothing', async (page) => {
  await allow(page, 'Bookmarks');
  assert.deepEqual(await listed(page, 'granted'), ['Bookmarks']);
  assert.deepEqual(await listed(page, 'declined'), []);
  assert.match(await page.innerText('main'), /access for one export/);
});

test('all kinds of data can be asked for at once', async (page) => {
  await page.goto(app);
  const boxes = await page.getByRole('checkbox').all();
  for (const box of boxes) await box.check();
  await page.getByRole('button', { name: 'Continue to the consent' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  assert.equal((await listed(page, 'granted')).length, boxes.length);
});

test('a user who declines is told so, and not asked again', async (page) => {
  await choose(page, 'Bookmarks');
  await page.getByRole('button', { name: 'Decline' }).click();
  assert(page.url().startsWith(`${app}/return?`));
  assert.equal(await heading(page), 'You declined');
});

test('what is granted is not offered again, and what is asked later is added to it', async (page) => {
  await allow(page, 'Bookmarks');
  await page.getByRole('link', { name: 'Choose more' }).click();
  assert.equal(await page.getByLabel('Bookmarks', { exact: true }).count(), 0);
  await allow(page, 'Browsing history');
  assert.deepEqual(await listed(page, 'granted'), ['Browsing history']);
  assert.deepEqual(await listed(page, 'earlier'), ['Bookmarks']);
});

test('ticking nothing is answered by the form, with what to do', async (page) => {
  await choose(page);
  assert.equal(await page.getByRole('alert').innerText(), 'Tick at least one kind of data.');
});

test('the same return a second time is refused', async (page) => {
  let returned;
  page.on('request', (request) => {
    if (request.url().startsWith(`${app}/return?`)) returned = request.url();
  });
  await allow(page, 'Bookmarks');
  await page.goto(returned);
  assert.equal(await heading(page), 'This answer has been used');
});

test('a return with another state is refused and the right one still counts', async (page) => {
  await choose(page, 'Bookmarks');
  const consent = page.url();
  await page.goto(`${app}/return?state=forged&code=forged`);
  assert.equal(await heading(page), 'This answer is not yours');
  await page.goto(consent);
  await page.getByRole('button', { name: 'Allow' }).click();
  assert.equal(await heading(page), 'What you allowed');
});

test('a return in another browser is refused', async (page) => {
  await page.goto(`${app}/return?state=forged&code=forged`);
  assert.equal(await heading(page), 'Session over');
});

test('a tampered authorization request sends nobody back', async (page) => {
  await choose(page, 'Bookmarks');
  const tampered = new URL(page.url());
  tampered.searchParams.set('redirect_uri', `${app}/elsewhere`);
  await page.goto(tampered.href);
  assert.equal(await heading(page), 'The request is refused');
  assert(!page.url().startsWith(app));
});

test('a job that has not failed, an unknown one and no name at all each have their own answer', async (page) => {
  await allow(page, 'Bookmarks');
  const said = {
    'running-export': 'Only an export that failed can be tried again.',
    'unknown-export': 'Please check the name.',
    '<b>bold</b>': "'<' may not stand in an id",
  };
  for (const [job, words] of Object.entries(said)) {
    await retry(page, job);
    assert((await page.innerText('main')).includes(words), `${job}: ${words}`);
  }
});

test('ending the access ends it, and the same can be asked for again', async (page) => {
  await allow(page, 'Bookmarks');
  await page.getByRole('button', { name: 'End access' }).click();
  assert.equal(await heading(page), 'Access has ended');
  await page.goto(`${app}/result`);
  assert.equal(await heading(page), 'Nothing allowed yet');
  await allow(page, 'Bookmarks');
  assert.deepEqual(await listed(page, 'granted'), ['Bookmarks']);
});

test('a form of another site does nothing', async (page) => {
  await allow(page, 'Bookmarks');
  const other = `data:text/html,<form method=post action="${app}/reset"><button>Go</button></form>`;
  await page.goto(other);
  await page.getByRole('button', { name: 'Go' }).click();
  assert.equal(await heading(page), 'Not sent from here');
  await page.goto(`${app}/result`);
  assert.equal(await heading(page), 'What you allowed');
});

test('another name of the host leads to the address that the redirect URI has', async (page) => {
  await page.goto(app.replace('127.0.0.1', 'localhost'));
  assert.equal(page.url(), `${app}/`);
});

test('an unknown page says so', async (page) => {
  const response = await page.goto(`${app}/nowhere`);
  assert.equal(response.status(), 404);
  assert.equal(await heading(page), 'Page not found');
});

test('the keyboard alone is enough', async (page) => {
  const focused = () => page.locator(':focus');
  /** Tabs until the focus is where it should be, and sees that it shows. */
  const tabTo = async (wanted) => {
    for (let step = 0; step < 200; step += 1) {
      await page.keyboard.press('Tab');
      if (await wanted.evaluate((element) => element === document.activeElement)) {
        const outline = await focused().evaluate((element) => getComputedStyle(element).outlineStyle);
        assert.equal(outline, 'solid');
        return;
      }
    }
    assert.fail('the focus never came there');
  };
  await page.goto(app);
  await tabTo(page.getByLabel('Bookmarks', { exact: true }));
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await page.waitForURL(/authorize/);
  await tabTo(page.getByLabel('For one export'));
  await page.keyboard.press('ArrowDown');
  await tabTo(page.getByRole('button', { name: 'Allow' }));
  await page.keyboard.press('Enter');
  await page.waitForURL(/result/);
  assert.match(await page.innerText('main'), /access for 30 days/);
  await tabTo(page.getByLabel('Name of the export'));
  await page.keyboard.type('running-export');
  await page.keyboard.press('Enter');
  await page.waitForURL(/retry/);
  assert.equal(await heading(page), 'That did not work');
});

const axe = createRequire(import.meta.url).resolve('axe-core');
for (const [device, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP, narrowest: NARROWEST })) {
  for (const colorScheme of ['light', 'dark']) {
    test(`every page is accessible and fits: ${device}, ${colorScheme}`, async (page) => {
      let shot = 0;
      const look = async () => {
        const name = await heading(page);
        if (process.env.SCREENSHOTS) {
          const file = `${device}-${colorScheme}-${(shot += 1)}.png`;
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
      await page.goto(app);
      await look();
      await choose(page);
      await look();
      await choose(page, 'Bookmarks', 'Browsing history', 'YouTube comments');
      await look();
      await page.getByLabel('Browsing history', { exact: true }).uncheck();
      await page.getByRole('button', { name: 'Allow' }).click();
      await look();
      await retry(page, 'failed-export');
      await look();
      await retry(page, 'unknown-export');
      await look();
      await page.goto(app);
      await look();
      await choose(page, 'Extensions');
      await page.getByRole('button', { name: 'Decline' }).click();
      await look();
    }, { viewport, colorScheme, javaScriptEnabled: true, bypassCSP: true });
  }
}

let app;
let passed = 0;
let failed = 0;
try {
  app = await served();
  for (const { rule, act, settings } of tests) {
    const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false, ...settings });
    context.setDefaultTimeout(20_000);
    try {
      await act(await context.newPage());
      passed += 1;
      console.log(`ok      ${rule}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${rule}\n${error.stack}`);
    }
    await context.close();
  }
} finally {
  await browser.close();
  example.kill();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
