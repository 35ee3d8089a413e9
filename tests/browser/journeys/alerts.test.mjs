// What is reported to the privacy officer: who is told, by whom it is answered, who can't tell.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  STORY_PERSON, expectNoFaults, expectNoSidewaysScroll, expectOurPage, launch, openPerson, signIn, window, words,
} from '../lib/browser.mjs';
import { startDemo } from '../lib/demo.mjs';

const WHY = 'Rang from the floor of her hall, alone';
const FOUND = 'On call that night; her rota confirms it';

let demo;
let browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Opens the story person's record with emergency access, as the out-of-hours doctor. */
async function lookInAnEmergency() {
  const doctor = await window(browser);
  await signIn(doctor, demo.viewer, 'ooh-doctor');
  await openPerson(doctor, demo.viewer, STORY_PERSON.nhs);
  await doctor.goto(`${doctor.url()}/emergency`);
  assert.match(await words(doctor), /The privacy officer is told at once/);
  await doctor.getByRole('radio').first().check();
  await doctor.getByLabel('What is happening?').fill(WHY);
  await doctor.getByRole('button', { name: /^Open for/ }).click();
  await doctor.waitForLoadState();
  await expectOurPage(doctor, demo.viewer, 'the record in an emergency');
  return doctor;
}

test('REQ-033 an emergency look reaches the privacy officer, is answered, and the person reads that it was reported', async () => {
  const doctor = await lookInAnEmergency();
  // Turning a page is the same look.
  await doctor.goto(`${doctor.url().split('?')[0]}/medicines`);

  const officer = await window(browser);
  await signIn(officer, demo.viewer, 'privacy-officer');
  await expectOurPage(officer, demo.viewer, 'where the privacy officer lands');
  assert.equal(new URL(officer.url()).pathname, '/alerts');
  const cards = officer.getByRole('listitem').filter({ hasText: 'Whose record' });
  assert.equal(await cards.count(), 2, 'the demo has one of its own');
  const newest = await cards.first().innerText();
  for (const part of [/emergency access/, /Achterberg/, /Harrowmere Urgent Care/, /HARGREAVES, Edna/, /999\s000\s0018/, new RegExp(WHY), /Clause 4\.2/, /2\spages/]) {
    assert.match(newest, part);
  }
  await expectNoFaults(officer, 'alerts');
  await officer.emulateMedia({ colorScheme: 'dark' });
  await officer.reload();
  await expectNoFaults(officer, 'alerts by night');
  await officer.emulateMedia({ colorScheme: 'light' });
  await officer.setViewportSize({ width: 320, height: 640 });
  await officer.reload();
  await expectNoFaults(officer, 'alerts narrow');
  await expectNoSidewaysScroll(officer, 'alerts');

  // Without words there is no answer, and the form says so.
  await cards.first().getByRole('button', { name: /^Acknowledge/ }).click();
  await officer.waitForLoadState();
  assert.match(await officer.title(), /^Error:/);
  await expectNoFaults(officer, 'an answer without words');
  await expectNoSidewaysScroll(officer, 'an answer without words');

  // By keyboard alone: the link to the field, the words, the button after it.
  await officer.getByRole('link', { name: 'Say in a few words what you found' }).focus();
  await officer.keyboard.press('Enter');
  await officer.keyboard.press('Tab');
  const field = officer.getByLabel('What did you find?').first();
  await field.focus();
  await officer.keyboard.type(FOUND);
  await officer.keyboard.press('Tab');
  await officer.keyboard.press('Enter');
  await officer.waitForURL((url) => url.pathname === '/alerts');
  assert.doesNotMatch(await words(officer), /HARGREAVES/);
  await officer.getByRole('link', { name: 'Answered' }).click();
  await officer.waitForLoadState();
  assert.match(await words(officer), new RegExp(`Ingrid Falkner[^]*${FOUND}`));
  await expectNoFaults(officer, 'answered alerts');
  await expectNoSidewaysScroll(officer, 'answered alerts');

  const edie = await window(browser);
  await signIn(edie, demo.portal, 'story-person');
  await edie.goto(`${demo.portal}/who-looked`);
  const log = await words(edie);
  assert.match(log, /The privacy officer was told of this at once, because it was emergency access\./);
  assert.match(log, /A look at your record had been reported to them\./);
  assert.doesNotMatch(log, new RegExp(FOUND));
  await expectNoFaults(edie, 'the log with a reported look');
});

test('no other role sees a link to the alerts, and for them there is no such page', async () => {
  for (const persona of ['ooh-doctor', 'ig-lead', 'operator']) {
    const page = await window(browser);
    await signIn(page, demo.viewer, persona);
    assert.equal(await page.locator('a[href*="alerts"]').count(), 0, persona);
    const answer = await page.goto(`${demo.viewer}/alerts`);
    assert.equal(answer.status(), 404, persona);
    const alerts = await words(page);
    await page.goto(`${demo.viewer}/people/01900000-0000-7000-8000-000000000000/nothing`);
    const without = (text) => text.replace(/TRN [0-9A-Z ]+|\d\d:\d\d/g, '');
    assert.equal(without(alerts), without(await words(page)), persona);
  }
});

test('alerts work without scripts', async () => {
  const page = await window(browser, { javaScriptEnabled: false });
  await signIn(page, demo.viewer, 'privacy-officer');
  await page.getByLabel('What did you find?').first().fill('Spoke with the doctor');
  await page.getByRole('button', { name: /^Acknowledge/ }).first().click();
  await page.waitForURL((url) => url.pathname === '/alerts');
  assert.match(await words(page), /Nothing is waiting for you\./);
});
