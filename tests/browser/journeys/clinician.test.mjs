import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { STORY_PERSON, expectOurPage, followToRecord, launch, openPerson, signIn, sourcesOnLines, window, words } from '../lib/browser.mjs';
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

test('REQ-039 an out-of-hours doctor opens the story person and reads lines from four organisations', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  const text = await page.locator('body').innerText();
  assert.match(text, STORY_PERSON.name);
  assert.match(text, STORY_PERSON.given);
  assert.match(text.replace(/\u00a0/g, ' '), /999 000 0018/);
  const sources = await sourcesOnLines(page);
  assert.ok(sources.length >= 4, `lines come from ${JSON.stringify(sources)}`);
  assert.ok(!new URL(page.url()).href.includes('9990000018'), 'no NHS number in an address');
});

test('REQ-004 allergies are named before everything else, with what each source says', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  const headings = await page.locator('main h2').allInnerTexts();
  const allergies = headings.findIndex((heading) => /allerg/i.test(heading));
  const medicines = headings.findIndex((heading) => /medicine/i.test(heading));
  assert.ok(allergies >= 0 && medicines > allergies, `headings are ${JSON.stringify(headings)}`);
  assert.doesNotMatch(headings[allergies], /^no known/i);
});

test('REQ-003 a medicine that differs between sources shows each source\'s words', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  const text = await words(page);
  assert.match(text, /≠/);
  assert.match(text, /naproxen/i);
});

test('REQ-038 nobody sees a page without signing in', async () => {
  const page = await window(browser);
  for (const path of ['/', '/people/01900000-0000-7000-8000-000000000000']) {
    await page.goto(`${demo.viewer}${path}`);
    assert.equal(new URL(page.url()).origin, demo.signin, path);
  }
});

test('a number that nobody has, one with a wrong check digit and one out of reach give no name', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  for (const number of ['999 000 0019', '999 999 9990']) {
    await page.goto(`${demo.viewer}/`);
    await page.getByLabel('NHS number').fill(number);
    await page.getByLabel('NHS number').press('Enter');
    await page.waitForLoadState();
    await expectOurPage(page, demo.viewer, number);
    assert.doesNotMatch(await words(page), STORY_PERSON.name, number);
  }
});

test('REQ-034 a role without clinical headings reads no clinical line', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'practice-admin');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  // The same record that the doctor reads: the person and an appointment show, nothing clinical does.
  const body = await page.locator('body').innerText();
  assert.match(body, STORY_PERSON.name);
  assert.match(await words(page), /appointment/i);
  assert.doesNotMatch(body, /naproxen|penicillin|furosemide/i);
});

test('signing out ends the session at once', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForLoadState();
  await page.goto(`${demo.viewer}/`);
  assert.equal(new URL(page.url()).origin, demo.signin);
});

test('switching the user leaves no person open', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  const open = page.url();
  assert.match(await page.locator('body').innerText(), /naproxen/i, 'the record was open before');
  await page.getByRole('button', { name: /switch user/i }).click();
  await page.waitForLoadState();
  assert.equal(new URL(page.url()).origin, demo.signin);
  assert.notEqual(page.url(), open);
  assert.doesNotMatch(await page.locator('body').innerText(), /naproxen/i);
});

test('a search by family name and date of birth leads to the same person', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await page.goto(`${demo.viewer}/`);
  await page.getByLabel('Family name').fill('Hargreaves');
  await page.getByLabel('Day').fill('14');
  await page.getByLabel('Month').fill('7');
  await page.getByLabel('Year').fill('1945');
  await page.getByRole('button', { name: 'Find by name' }).click();
  await page.waitForLoadState();
  await followToRecord(page);
  assert.match(await page.locator('body').innerText(), STORY_PERSON.name);
});
