// Keyboard, narrow window, no scripts, paper: the same pages for everybody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  STORY_PERSON, expectNoFaults, expectNoSidewaysScroll, launch, openPerson, personaButton, signIn, sourcesOnLines, window, words,
} from '../lib/browser.mjs';
import { startDemo } from '../lib/demo.mjs';

let demo;
let browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Every page a person can reach from `start` on one origin by links, one of each shape. */
async function pagesFrom(page, start) {
  const seen = new Map();
  const waiting = [start];
  while (waiting.length > 0 && seen.size < 40) {
    const address = waiting.shift();
    const url = new URL(address);
    // Pages that differ only in the id they show are one shape.
    const shape = url.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}').replace(/(documents\/[^/]+)\/.*/, '$1/{id}');
    // A file is downloaded and not a page.
    if (seen.has(shape) || /sign-?(in|out)|signed|assets|metrics|healthz|readyz|\/file$/.test(shape)) continue;
    const response = await page.goto(address);
    if (!/text\/html/.test(response?.headers()['content-type'] ?? '')) continue;
    seen.set(shape, address);
    const links = await page.locator('a[href]').evaluateAll((all) => all.map((link) => link.href));
    waiting.push(...links.map((link) => link.split('#')[0]).filter((link) => new URL(link).origin === url.origin));
  }
  return seen;
}

test('REQ-114 every viewer page has no fault that axe finds, wide and narrow, by day and by night', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  const shapes = await pagesFrom(page, page.url());
  assert.ok(shapes.size >= 2, `found only ${[...shapes.keys()]}`);
  for (const [shape, address] of shapes) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(address);
    await expectNoFaults(page, `${shape} wide`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.reload();
    await expectNoFaults(page, `${shape} by night`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 320, height: 640 });
    await page.reload();
    await expectNoFaults(page, `${shape} narrow`);
    await expectNoSidewaysScroll(page, shape);
  }
});

test('REQ-113 every portal page has no fault that axe finds, wide and narrow, by day and by night', async () => {
  const page = await window(browser);
  await signIn(page, demo.portal, 'story-person');
  const shapes = await pagesFrom(page, `${demo.portal}/`);
  assert.ok(shapes.size >= 4, `found only ${[...shapes.keys()]}`);
  for (const [shape, address] of shapes) {
    await page.setViewportSize({ width: 1024, height: 900 });
    await page.goto(address);
    await expectNoFaults(page, `${shape} wide`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.reload();
    await expectNoFaults(page, `${shape} by night`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 320, height: 640 });
    await page.reload();
    await expectNoFaults(page, `${shape} narrow`);
    await expectNoSidewaysScroll(page, shape);
  }
});

test('the sign-in page, a page that is not there and a refused search have no fault that axe finds', async () => {
  const page = await window(browser);
  await page.goto(`${demo.viewer}/sign-in`);
  await expectNoFaults(page, 'sign-in');
  await signIn(page, demo.viewer, 'ooh-doctor');
  await page.goto(`${demo.viewer}/people/01900000-0000-7000-8000-000000000000`);
  await expectNoFaults(page, 'not there');
  await page.goto(`${demo.viewer}/`);
  await page.getByLabel('NHS number').fill('999 000 0019');
  await page.getByLabel('NHS number').press('Enter');
  await page.waitForLoadState();
  await expectNoFaults(page, 'a number with a wrong check digit');
});

test('pages that only a form leads to have no fault that axe finds', async () => {
  const stranger = await window(browser);
  await signIn(stranger, demo.viewer, 'mental-health');
  await search(stranger);
  const result = stranger.locator('main a[href^="/people/"]').first();
  if (await result.count()) await result.click();
  await stranger.getByRole('group', { name: 'Why now?' }).waitFor();
  await expectNoFaults(stranger, 'the question for a reason');
  await stranger.goto(`${new URL(stranger.url()).origin}${new URL(stranger.url()).pathname.replace(/\/reason$/, '')}/emergency`);
  await expectNoFaults(stranger, 'emergency access');

  const operator = await window(browser);
  await signIn(operator, demo.viewer, 'operator');
  await search(operator);
  await operator.getByText('Refused').first().waitFor();
  await expectNoFaults(operator, 'a refusal');

  const person = await window(browser, { viewport: { width: 320, height: 640 } });
  await person.goto(`${demo.portal}/sign-in`);
  await expectNoFaults(person, 'sign-in for people');
  await signIn(person, demo.portal, 'twin-a');
  await person.goto(`${demo.portal}/choices/change`);
  await person.getByRole('button', { name: /continue to check your answer/i }).click();
  await person.waitForLoadState();
  await expectNoFaults(person, 'check your answer');
  await person.getByRole('button', { name: /confirm and save my choice/i }).click();
  await person.getByRole('heading', { name: 'Your choice is saved' }).waitFor();
  await expectNoFaults(person, 'the choice is saved');
  await expectNoSidewaysScroll(person, 'the choice is saved');
});

/** Looks for the story person and waits for the answer, whatever it is. */
async function search(page) {
  await page.goto(`${demo.viewer}/`);
  await page.getByLabel('NHS number').fill(STORY_PERSON.nhs);
  await page.getByRole('button', { name: 'Find by number' }).click();
  await page.waitForURL((url) => url.pathname !== '/');
}

test('the keyboard alone signs in, finds the person and reaches every link of the record', async () => {
  const page = await window(browser);
  await page.goto(`${demo.viewer}/sign-in`);
  await tabTo(page, () => personaButton(page, 'ooh-doctor'));
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.origin === demo.viewer && !/sign/.test(url.pathname));
  await tabTo(page, () => page.getByLabel('NHS number'));
  await page.keyboard.type(STORY_PERSON.nhs);
  await Promise.all([page.waitForURL((url) => url.pathname !== '/'), page.keyboard.press('Enter')]);
  assert.match(await page.locator('body').innerText(), STORY_PERSON.name);
  // The first stop is the way past the banner, and what has focus can be seen to have it.
  await page.locator('body').evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.textContent.trim());
  assert.match(first, /skip/i);
  const stops = new Set();
  for (let step = 0; step < 400; step += 1) {
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      return {
        key: `${element.tagName} ${element.getAttribute('href') ?? element.getAttribute('name') ?? ''} ${element.textContent.trim().slice(0, 40)}`,
        body: element === document.body,
        seen: box.width > 0 && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'),
      };
    });
    if (stop.body) break;
    assert.ok(stop.seen, `focus can't be seen on ${stop.key}`);
    stops.add(stop.key);
    await page.keyboard.press('Tab');
  }
  const links = await page.locator('main a[href]:visible').count();
  assert.ok(stops.size >= Math.min(links, 5), `only ${stops.size} stops for ${links} links`);
});

test('everything works with scripts off: sign in, find, read, sign out', async () => {
  const page = await window(browser, { javaScriptEnabled: false });
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  assert.match(await page.locator('body').innerText(), STORY_PERSON.name);
  assert.ok((await sourcesOnLines(page)).length >= 4);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForLoadState();
  await page.goto(`${demo.viewer}/`);
  assert.equal(new URL(page.url()).origin, demo.signin);
});

test('REQ-024 on paper every line still says where it came from and the page says who printed it', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  await page.emulateMedia({ media: 'print' });
  const text = await page.locator('body').innerText();
  assert.match(text, STORY_PERSON.name);
  assert.match(text, /uncontrolled when printed/i);
  assert.ok(!(await page.getByRole('button', { name: 'Sign out', exact: true }).isVisible()), 'controls are not printed');
  const paper = await page.pdf({ format: 'A4' });
  assert.ok(paper.length > 10_000 && paper.subarray(0, 5).toString() === '%PDF-');
});

test('text at 200 % loses nothing and needs no sideways scroll', async () => {
  // A window of half the width at the same text size is what 200 % zoom does to the layout.
  const page = await window(browser, { viewport: { width: 640, height: 512 } });
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  await expectNoSidewaysScroll(page, 'the snapshot at 200 %');
  assert.match(await words(page), /allerg/i);
});

/** Presses Tab until the element that `wanted` finds has the focus. */
async function tabTo(page, wanted) {
  for (let step = 0; step < 200; step += 1) {
    await page.keyboard.press('Tab');
    const there = await wanted().evaluate((element) => element === document.activeElement);
    if (there) return;
  }
  assert.fail('Tab never reached it');
}
