// A real browser, and what every journey does in it: sign in, find a person, look for faults.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Edna "Edie" Hargreaves, whose record the look book draws. */
export const STORY_PERSON = { name: /Hargreaves/i, given: /Edna/i, nhs: '999 000 0018' };

/** Starts the browser that `cargo xtask test` found. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.TARN_CHROMIUM || '/usr/bin/chromium',
    // Chromium's sandbox does not start as root, which containers run as; the pages are ours.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** A fresh window with cookies of its own. */
export async function window(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.refused = [];
  // What the content policy refuses is a defect of ours, on every page.
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) page.refused.push(message.text());
  });
  // Nothing may be loaded from outside.
  page.on('request', (request) => {
    const host = new URL(request.url()).hostname;
    if (host && host !== '127.0.0.1') page.refused.push(`asked for ${request.url()}`);
  });
  return page;
}

/** Signs in at `origin` as one of the demo's personas, by its short name. */
export async function signIn(page, origin, persona) {
  await page.goto(`${origin}/sign-in`);
  await personaButton(page, persona).click();
  await page.waitForURL((url) => url.origin === origin && !/sign-?in|signed-in/.test(url.pathname));
}

/** The control on the demo provider's page that signs in as `persona`. */
export function personaButton(page, persona) {
  return page.locator('form', { has: page.locator(`input[name="persona"][value="${persona}"]`) }).getByRole('button');
}

/** Opens a person from the viewer's first page by NHS number; gives a reason if one is asked for. */
export async function openPerson(page, viewer, nhs) {
  await page.goto(`${viewer}/`);
  await page.getByLabel('NHS number').fill(nhs);
  await page.getByRole('button', { name: 'Find by number' }).click();
  await page.waitForLoadState();
  await expectOurPage(page, viewer, 'the answer to a search');
  await followToRecord(page);
  await expectOurPage(page, viewer, 'what the search led to');
}

/** From wherever a search led, goes on to the record: one result, or a question for a reason. */
export async function followToRecord(page) {
  const result = page.locator('main a[href^="/people/"]').first();
  if (!/^\/people\//.test(new URL(page.url()).pathname) && (await result.count())) {
    await result.click();
    await page.waitForLoadState();
  }
  const why = page.getByRole('group', { name: 'Why now?' });
  if (await why.count()) {
    await why.getByRole('radio').first().check();
    await page.getByLabel('What is happening?').fill('The person rang and asked for advice');
    await page.getByRole('button', { name: /^(Continue|Open for)/ }).click();
    await page.waitForLoadState();
  }
}

/**
 * Fails unless the page is one that Tarn drew. Whatever says that something is *not* shown must say
 * this first: nothing is shown on a page that did not load, either.
 */
export async function expectOurPage(page, origin, what) {
  assert.equal(new URL(page.url()).origin, origin, `${what} is at ${page.url()}`);
  assert.equal(await page.locator('main#main h1, main#main h2').count() > 0, true, `${what} has a heading`);
  assert.match(await page.locator('header.site').innerText(), /Tarn/, `${what} is a page of ours`);
}

/** The sources named on the lines of a page, once each. */
export async function sourcesOnLines(page) {
  const names = await page.locator('main .chip .visually-hidden:not(.as-at)').allTextContents();
  return [...new Set(names.map((name) => name.trim()).filter(Boolean))];
}

/** Fails unless axe finds nothing wrong, no policy refused anything and nothing came from outside. */
export async function expectNoFaults(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  const shown = found.violations.map(
    (fault) => `${fault.id}: ${fault.help}\n    ${fault.nodes.slice(0, 3).map((node) => node.html).join('\n    ')}`,
  );
  assert.deepEqual(shown, [], `axe on ${what}`);
  assert.ok(found.passes.length > 5, `axe looked at ${what}`);
  assert.deepEqual(page.refused, [], `refused on ${what}`);
}

/** Fails if the page is wider than its window. */
export async function expectNoSidewaysScroll(page, what) {
  const { wide, window } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= window, `${what} is ${wide} px wide in a window of ${window} px`);
}

/** The words of the page's main part. */
export function words(page) {
  return page.locator('main').innerText();
}
