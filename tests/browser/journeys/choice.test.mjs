// A person's own choice, and what it does to the very next request of a clinician.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { STORY_PERSON, expectOurPage, launch, openPerson, signIn, sourcesOnLines, window, words } from '../lib/browser.mjs';
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

/** Goes through the portal's change of choice to its end; gives what the last page says. */
async function changeChoice(page) {
  await page.goto(`${demo.portal}/choices`);
  await page.getByRole('link', { name: /see what would change/i }).click();
  await page.getByRole('button', { name: /continue to check your answer/i }).click();
  await page.getByRole('button', { name: /confirm and save my choice/i }).click();
  await page.getByRole('heading', { name: 'Your choice is saved' }).waitFor();
  const said = await words(page);
  assert.match(said, /reference/i);
  return said;
}

test('REQ-050 opting out hides the record on the next request and opting back in restores it', async () => {
  const clinician = await window(browser);
  await signIn(clinician, demo.viewer, 'ooh-doctor');
  await openPerson(clinician, demo.viewer, STORY_PERSON.nhs);
  const record = clinician.url();
  assert.ok((await sourcesOnLines(clinician)).length >= 4);

  const person = await window(browser);
  await signIn(person, demo.portal, 'story-person');
  assert.match(await changeChoice(person), /don’t share/i);

  await clinician.reload();
  await expectOurPage(clinician, demo.viewer, 'the record after the choice');
  const hidden = await clinician.locator('body').innerText();
  assert.doesNotMatch(hidden, /naproxen|penicillin|St Brannoc/i);
  assert.equal((await sourcesOnLines(clinician)).length, 0);
  await openPerson(clinician, demo.viewer, STORY_PERSON.nhs);
  assert.doesNotMatch(await clinician.locator('body').innerText(), /naproxen|penicillin/i);

  assert.match(await changeChoice(person), /you share your record/i);
  await clinician.goto(record);
  assert.ok((await sourcesOnLines(clinician)).length >= 4, 'opting back in restores the record');

  await person.goto(`${demo.portal}/who-looked`);
  for (const details of await person.locator('details').all()) await details.evaluate((element) => { element.open = true; });
  const log = await words(person);
  assert.match(log, /Harrowmere Urgent Care/i);
  assert.match(log, /they saw nothing/i, 'the refused attempt is in the log');
});

test('REQ-047 the consequences are shown before the choice is saved, and nothing is chosen for the person', async () => {
  const page = await window(browser);
  await signIn(page, demo.portal, 'story-person');
  await page.goto(`${demo.portal}/choices`);
  await page.getByRole('link', { name: /see what would change/i }).click();
  const table = page.getByRole('table').first();
  assert.match(await table.innerText(), /allerg[\s\S]*\d/i, 'counts of real things');
  assert.ok(!(await page.getByLabel(/I have read/i).isChecked()), 'nothing is ticked beforehand');
  await page.getByRole('button', { name: /continue to check your answer/i }).click();
  assert.match(await words(page), /nothing is saved yet/i);
  await page.goto(`${demo.portal}/choices`);
  assert.match(await words(page), /you share everything/i, 'looking changed nothing');
});

test('a person who has opted out looks to staff like a person without a record', async () => {
  const person = await window(browser);
  await signIn(person, demo.portal, 'opted-out');
  const text = await words(person);
  const printed = demo.printed();
  const line = printed.split('\n').find((shown) => shown.startsWith('  opted-out'));
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
