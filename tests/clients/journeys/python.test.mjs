// The Python clients. Each method of their test cases is a test here.

import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { EDIE, NHS_NUMBER, startRecord } from '../lib.mjs';

const run = promisify(execFile);
const PYTHON = process.env.TARN_PYTHON ?? 'python3';
const ROUND = [
  'test_read', 'test_search_pages', 'test_create', 'test_conditional_update', 'test_patch', 'test_transaction',
  'test_everything',
];

let record;
before(async () => {
  record = await startRecord();
});
after(() => record.stop());

for (const [client, module] of [['fhirpy', 'test_fhirpy.Fhirpy'], ['SMART fhirclient for Python', 'test_smart.Smart']]) {
  for (const method of ROUND) {
    test(`${client}: ${method.slice(5).replaceAll('_', ' ')}`, () =>
      run(PYTHON, ['-m', 'unittest', `${module}.${method}`], {
        cwd: new URL('../python/', import.meta.url),
        env: {
          ...process.env,
          FHIR_BASE: record.base,
          FHIR_TOKEN: record.token,
          NHS_NUMBER_SYSTEM: NHS_NUMBER,
          NHS_NUMBER: EDIE,
        },
      }));
  }
}
