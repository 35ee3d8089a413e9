// Sign-in against an identity provider that nobody of Tarn wrote.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

import { STORY_PERSON, launch, openPerson, sourcesOnLines, window } from '../lib/browser.mjs';
import { freePortBase, startDemo, startTarn } from '../lib/demo.mjs';
import { startProvider, typeName } from '../lib/provider.mjs';

/** What the provider says of a doctor, beside `sub`; the names are the default ones of `[staff_sign_in]`. */
const DOCTOR = {
  name: 'Dr Amara Osei', role: 'ooh-doctor', organisation: 'HUC01',
  organisation_name: 'Harrowmere Urgent Care', assurance: 'high',
};

const AGREEMENT = resolve('../../governance/agreements/harrowmere/agreement.md');

let demo;
let browser;

before(async () => {
  // The demo fills a data folder; then the same folder is served as a real deployment would be.
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Serves the demo's data with staff sign-in at a provider whose accounts hold `claims`. */
async function serve(claims) {
  const base = await freePortBase();
  const viewer = `http://127.0.0.1:${base}`;
  const provider = await startProvider({ port: base + 9, redirect: `${viewer}/signed-in`, claims });
  const file = join(demo.folder, `interop-${base}.toml`);
  writeFileSync(file, [
    '[storage]', `data = "${demo.folder}"`,
    '[listen]', `viewer = "127.0.0.1:${base}"`, `portal = "127.0.0.1:${base + 1}"`,
    '[staff_sign_in]', `issuer = "${provider.issuer}"`, 'client_id = "tarn-test"',
    'client_secret = "a-secret-of-this-test-only"', 'profile = "generic"', 'scopes = ["openid", "profile"]',
    '[governance]', `agreement = "${AGREEMENT}"`, '',
  ].join('\n'));
  const server = await startTarn(['run', '--parts', 'viewer', '--config', file]);
  return { viewer, provider, async stop() { await server.stop(); await provider.stop(); } };
}

test('REQ-037 a doctor signs in at an independent provider and opens the story person', async () => {
  const site = await serve(DOCTOR);
  try {
    const page = await window(browser);
    await page.goto(`${site.viewer}/`);
    await page.waitForURL((url) => url.origin === site.provider.issuer);
    await typeName(page, 'doctor-1');
    await page.waitForURL((url) => url.origin === site.viewer);
    await openPerson(page, site.viewer, STORY_PERSON.nhs);
    assert.ok((await sourcesOnLines(page)).length >= 4);
    assert.match(await page.locator('body').innerText(), /Amara Osei/);
  } finally {
    await site.stop();
  }
});

test('REQ-037 a sign-in without a role or an organisation is refused with the reason', async () => {
  for (const missing of ['role', 'organisation']) {
    const { [missing]: _, ...claims } = DOCTOR;
    const site = await serve(claims);
    try {
      const page = await window(browser);
      await page.goto(`${site.viewer}/`);
      await page.waitForURL((url) => url.origin === site.provider.issuer);
      await typeName(page, 'doctor-2');
      await page.waitForURL((url) => url.origin === site.viewer);
      await page.waitForLoadState();
      assert.match(await page.locator('main').innerText(), new RegExp(missing, 'i'), missing);
      const cookies = (await page.context().cookies()).map((cookie) => cookie.name);
      assert.ok(!cookies.includes('__Host-tarn-viewer'), 'no session was made');
    } finally {
      await site.stop();
    }
  }
});
