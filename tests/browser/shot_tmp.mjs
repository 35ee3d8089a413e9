import { launch, window, signIn, openPerson } from './lib/browser.mjs';
const b = await launch();
const v='http://127.0.0.1:8080', p='http://127.0.0.1:8081';
const page = await window(b, {viewport:{width:1440,height:900}});
await page.goto(v+'/'); await page.screenshot({path:'/tmp/shots/personas.png', fullPage:true});
await signIn(page, v, 'ooh-doctor');
await page.screenshot({path:'/tmp/shots/find.png', fullPage:true});
await openPerson(page, v, '999 000 0018');
console.log(page.url(), await page.title());
await page.screenshot({path:'/tmp/shots/snap1440.png', fullPage:true});
await page.setViewportSize({width:320,height:800}); await page.screenshot({path:'/tmp/shots/snap320.png', fullPage:true});
const q = await window(b, {viewport:{width:1024,height:900}});
await signIn(q, p, 'story-person');
for (const [n,u] of [['home','/'],['record','/record'],['who','/who-looked'],['choices','/choices']]) { await q.goto(p+u); await q.screenshot({path:`/tmp/shots/p-${n}.png`, fullPage:true}); }
console.log(page.refused, q.refused);
await b.close();
