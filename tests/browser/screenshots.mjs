// Takes the pictures of docs/screenshots from a demo of its own: `node screenshots.mjs`.
// They are looked at and committed by hand; no test compares them.

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { STORY_PERSON, launch, openPerson, signIn, window } from './lib/browser.mjs';
import { startDemo } from './lib/demo.mjs';

const FOLDER = resolve('../../docs/screenshots');
mkdirSync(FOLDER, { recursive: true });
const [demo, browser] = await Promise.all([startDemo({ people: 36 }), launch()]);
try {
  const picture = (page, name, clip) =>
    page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true, clip });

  const viewer = await window(browser, { viewport: { width: 1440, height: 900 } });
  await signIn(viewer, demo.viewer, 'ooh-doctor');
  await openPerson(viewer, demo.viewer, STORY_PERSON.nhs);
  await picture(viewer, 'snapshot', { x: 0, y: 0, width: 1440, height: 1760 });
  await viewer.setViewportSize({ width: 320, height: 800 });
  await picture(viewer, 'snapshot-320', { x: 0, y: 0, width: 320, height: 2400 });

  const portal = await window(browser, { viewport: { width: 1024, height: 900 } });
  await signIn(portal, demo.portal, 'story-person');
  for (const [name, path] of [['who-looked', '/who-looked'], ['choices', '/choices/change']]) {
    await portal.goto(`${demo.portal}${path}`);
    await picture(portal, name);
    await portal.setViewportSize({ width: 320, height: 800 });
    await picture(portal, `${name}-320`);
    await portal.setViewportSize({ width: 1024, height: 900 });
  }
} finally {
  await browser.close();
  await demo.stop();
}
