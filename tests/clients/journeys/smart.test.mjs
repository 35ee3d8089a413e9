// SMART's own client, `fhirclient`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import smart from 'fhirclient';

import { EDIE, NHS_NUMBER, created, observation, startRecord, transaction } from '../lib.mjs';

let record;
let client;
let patient;

before(async () => {
  record = await startRecord();
  client = smart(
    { headers: {}, url: '/', protocol: 'http' },
    {},
    { get: async () => undefined, set: async (_, value) => value, unset: async () => true },
  ).client({ serverUrl: record.base, tokenResponse: { access_token: record.token } });
  const found = await client.request(`Patient?identifier=${NHS_NUMBER}|${EDIE}`);
  patient = found.entry[0].resource;
});
after(() => record.stop());

test('SMART fhirclient reads a resource', async () => {
  const read = await client.request(`Patient/${patient.id}`);
  assert.deepEqual(read, patient);
});

test('SMART fhirclient pages through a search without loss or repetition', async () => {
  const all = await client.request(`Observation?patient=${patient.id}&_count=1000`);
  const pages = await client.request(`Observation?patient=${patient.id}&_count=5`, { pageLimit: 0, flat: true });
  assert.ok(pages.length > 5);
  assert.deepEqual(pages.map((one) => one.id), all.entry.map((entry) => entry.resource.id));
});

test('SMART fhirclient creates, updates on a condition and patches', async () => {
  const made = await client.create(observation(patient.id));
  const { system, value } = made.identifier[0];
  const updated = await client.request({
    url: `Observation?identifier=${encodeURIComponent(`${system}|${value}`)}`,
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ ...observation(patient.id, 91), identifier: made.identifier }),
  });
  assert.equal(updated.id, made.id);
  const patched = await client.patch(`Observation/${made.id}`, [{ op: 'replace', path: '/status', value: 'amended' }]);
  assert.equal(patched.status, 'amended');
});

test('SMART fhirclient writes a transaction, and all of it is there', async () => {
  const response = await client.request({
    url: '',
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(transaction(patient.id)),
  });
  for (const id of created(response)) {
    assert.equal((await client.request(`Observation/${id}`)).id, id);
  }
});

test('SMART fhirclient gets everything of a person', async () => {
  const everything = await client.request(`Patient/${patient.id}/$everything`, { pageLimit: 0, flat: true });
  const types = new Set(everything.map((one) => one.resourceType));
  assert.ok(types.has('MedicationRequest') && types.has('AllergyIntolerance'));
});
