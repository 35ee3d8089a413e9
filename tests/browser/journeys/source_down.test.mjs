// A source that does not answer: said, never hidden, and the rest still shows.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { STORY_PERSON, expectNoFaults, launch, openPerson, signIn, sourcesOnLines, window } from '../lib/browser.mjs';
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

test('REQ-004 a source taken down while the page is open shows as unavailable with when it was last heard', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  const before = await sourcesOnLines(page);

  await demo.tarn('source', 'down', 'OAK01');
  await page.reload();
  const plain = (text) => text.replace(/\u00a0/g, ' ');
  const ledger = plain(await page.locator('.ledger > li', { hasText: 'Oak Lane' }).innerText());
  assert.match(ledger, /unavailable/i);
  assert.match(ledger, /last heard \d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}/i, 'last heard is a date and a time');
  const panel = page.locator('main section', { has: page.locator('h2', { hasText: /allerg/i }) }).first();
  const allergies = plain(await panel.innerText());
  assert.match(allergies, /unavailable/i);
  assert.match(allergies, /last heard/i);
  assert.doesNotMatch(await panel.locator('h2').innerText(), /no known/i);
  assert.ok((await sourcesOnLines(page)).length >= before.length - 1, 'the other sources still show');
  await expectNoFaults(page, 'a source down');

  await demo.tarn('source', 'up', 'OAK01');
  await page.reload();
  assert.deepEqual((await sourcesOnLines(page)).sort(), before.sort());
});

test('REQ-029 a source that is not connected is named, with whom to ring', async () => {
  const page = await window(browser);
  await signIn(page, demo.viewer, 'ooh-doctor');
  await openPerson(page, demo.viewer, STORY_PERSON.nhs);
  const body = await page.locator('body').innerText();
  assert.match(body, /not connected/i);
  assert.match(body.replace(/\u00a0/g, ' '), /01632 960 ?\d{3}/);
});
