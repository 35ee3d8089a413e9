// The client `fhir-kit-client`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as kit from 'fhir-kit-client';

import { EDIE, NHS_NUMBER, created, observation, startRecord, transaction } from '../lib.mjs';

const Client = kit.Client ?? kit.default;
let record;
let client;
let patient;

before(async () => {
  record = await startRecord();
  client = new Client({ baseUrl: record.base });
  client.bearerToken = record.token;
  const found = await client.search({ resourceType: 'Patient', searchParams: { identifier: `${NHS_NUMBER}|${EDIE}` } });
  patient = found.entry[0].resource;
});
after(() => record.stop());

test('fhir-kit-client reads the capability statement and a resource', async () => {
  const capability = await client.capabilityStatement();
  assert.equal(capability.fhirVersion, '4.0.1');
  const read = await client.read({ resourceType: 'Patient', id: patient.id });
  assert.deepEqual(read, patient);
  const version = await client.vread({ resourceType: 'Patient', id: patient.id, version: read.meta.versionId });
  assert.deepEqual(version, read);
});

test('fhir-kit-client pages through a search without loss or repetition', async () => {
  const all = await client.search({ resourceType: 'Observation', searchParams: { patient: patient.id, _count: 1000 } });
  const ids = [];
  let page = await client.search({ resourceType: 'Observation', searchParams: { patient: patient.id, _count: 5 } });
  while (page) {
    assert.ok(page.entry.length <= 5);
    ids.push(...page.entry.map((entry) => entry.resource.id));
    page = page.link.some((link) => link.relation === 'next') ? await client.nextPage({ bundle: page }) : undefined;
  }
  assert.ok(ids.length > 5);
  assert.deepEqual(ids, all.entry.map((entry) => entry.resource.id));
});

test('fhir-kit-client creates, updates on a condition, patches and deletes', async () => {
  const made = await client.create({ resourceType: 'Observation', body: observation(patient.id) });
  assert.equal(made.meta.versionId, '1');
  const { system, value } = made.identifier[0];
  const changed = { ...observation(patient.id, 90), identifier: made.identifier };
  const updated = await client.update({
    resourceType: 'Observation', searchParams: { identifier: `${system}|${value}` }, body: changed,
  });
  assert.equal(updated.id, made.id);
  assert.equal(updated.meta.versionId, '2');
  const patched = await client.patch({
    resourceType: 'Observation', id: made.id, jsonPatch: [{ op: 'replace', path: '/status', value: 'amended' }],
  });
  assert.equal(patched.status, 'amended');
  assert.equal(patched.valueQuantity.value, 90);
  const history = await client.history({ resourceType: 'Observation', id: made.id });
  assert.deepEqual(history.entry.map((entry) => entry.resource.meta.versionId), ['3', '2', '1']);
  await client.delete({ resourceType: 'Observation', id: made.id });
  await assert.rejects(
    client.read({ resourceType: 'Observation', id: made.id }),
    (error) => error.response?.status === 410,
  );
});

test('fhir-kit-client writes a transaction, and all of it is there', async () => {
  const response = await client.transaction({ body: transaction(patient.id) });
  for (const id of created(response)) {
    const read = await client.read({ resourceType: 'Observation', id });
    assert.equal(read.subject.reference, `Patient/${patient.id}`);
  }
});

test('fhir-kit-client gets everything of a person', async () => {
  const everything = await client.operation({
    name: 'everything', resourceType: 'Patient', id: patient.id, method: 'GET', input: { _count: 1000 },
  });
  const types = new Set(everything.entry.map((entry) => entry.resource.resourceType));
  for (const type of ['Patient', 'Observation', 'MedicationRequest', 'AllergyIntolerance', 'Condition', 'Encounter']) {
    assert.ok(types.has(type), `${type} is missing`);
  }
});
