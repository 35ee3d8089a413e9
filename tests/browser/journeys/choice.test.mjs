// A person's own choice, and what it does to the very next request of a clinician.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { STORY_PERSON, launch, openPerson, signIn, sourcesOnLines, window, words } from '../lib/browser.mjs';
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

/** Goes through the portal's change of choice to its end, choosing what `wanted` names. */
async function choose(page, wanted) {
  await page.goto(`${demo.portal}/`);
  await page.getByRole('link', { name: /my choices/i }).first().click();
  await page.waitForLoadState();
  for (let step = 0; step < 8; step += 1) {
    const main = page.locator('main');
    if (/reference/i.test(await main.innerText()) && /saved|recorded|changed|confirm|your choice is/i.test(await main.locator('h1').innerText())) {
      return words(page);
    }
    const radio = main.getByLabel(wanted).first();
    if (await radio.count()) await radio.check();
    const go = main.getByRole('button', { name: /continue|save|confirm|stop sharing|share|change|yes/i }).first();
    const link = main.getByRole('link', { name: /change|continue|stop sharing|share again|start/i }).first();
    if (await go.count()) await go.click();
    else await link.click();
    await page.waitForLoadState();
  }
  assert.fail(`the choice did not come to an end: ${await words(page)}`);
}

test('REQ-050 opting out hides the record on the next request and opting back in restores it', async () => {
  const clinician = await window(browser);
  await signIn(clinician, demo.viewer, 'ooh-doctor');
  await openPerson(clinician, demo.viewer, STORY_PERSON.nhs);
  const record = clinician.url();
  assert.ok((await sourcesOnLines(clinician)).length >= 4);

  const person = await window(browser);
  await signIn(person, demo.portal, 'story-person');
  await choose(person, /do not share|don't share|stop sharing|^no\b/i);

  await clinician.reload();
  const hidden = await clinician.locator('body').innerText();
  assert.doesNotMatch(hidden, /naproxen|penicillin|St Brannoc/i);
  assert.equal((await sourcesOnLines(clinician)).length, 0);
  await openPerson(clinician, demo.viewer, STORY_PERSON.nhs);
  assert.doesNotMatch(await clinician.locator('body').innerText(), /naproxen|penicillin/i);

  await choose(person, /^share|share my|share again|^yes\b/i);
  await clinician.goto(record);
  assert.ok((await sourcesOnLines(clinician)).length >= 4, 'opting back in restores the record');

  await person.goto(`${demo.portal}/`);
  await person.getByRole('link', { name: /who has looked/i }).first().click();
  await person.waitForLoadState();
  for (const details of await person.locator('details').all()) await details.evaluate((element) => { element.open = true; });
  const log = await words(person);
  assert.match(log, /Harrowmere Urgent Care/i);
  assert.match(log, /refused|not shown|did not see/i);
});

test('REQ-047 the consequences are shown before the choice is saved, and nothing is chosen for the person', async () => {
  const page = await window(browser);
  await signIn(page, demo.portal, 'story-person');
  await page.getByRole('link', { name: /my choices/i }).first().click();
  await page.waitForLoadState();
  const change = page.locator('main').getByRole('link', { name: /change|see what/i }).first();
  if (await change.count()) {
    await change.click();
    await page.waitForLoadState();
  }
  const text = await words(page);
  assert.match(text, /would not see|wouldn’t see|would see/i);
  assert.match(text, /\d+ (allerg|medicine)/i);
});

test('a person who has opted out looks to staff like a person without a record', async () => {
  const person = await window(browser);
  await signIn(person, demo.portal, 'opted-out');
  const text = await words(person);
  const printed = demo.printed();
  const line = printed.split('\n').find((shown) => shown.includes('opted-out'));
  const number = /999 \d{3} \d{4}/.exec(line ?? '')?.[0];
  assert.ok(number, `the demo prints the number of every persona: ${line}`);
  assert.ok(text.length > 100, 'the person themselves still reads their own page');

  const clinician = await window(browser);
  await signIn(clinician, demo.viewer, 'ooh-doctor');
  await openPerson(clinician, demo.viewer, number);
  assert.equal((await sourcesOnLines(clinician)).length, 0);
});

test('a session of one realm opens nothing in the other', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.refused = [];
  await signIn(page, demo.portal, 'story-person');
  await page.goto(`${demo.viewer}/`);
  assert.equal(new URL(page.url()).origin, demo.signin, 'ports share cookies, sessions do not');
  await context.close();
});
