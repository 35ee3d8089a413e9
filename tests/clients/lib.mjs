// A running demo, a token, and the resources that every client's round is made of.

import { randomUUID } from 'node:crypto';

import { startDemo } from '../browser/lib/demo.mjs';

export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
/** The story person of the demo, who is registered with the practice of the persona `gp`. */
export const EDIE = '9990000018';

/** Starts a demo and signs the persona `gp` in; `base` and `token` are what a client needs. */
export async function startRecord() {
  const demo = await startDemo();
  const token = (await demo.tarn('token', '--persona', 'gp', '--scope', 'user/*.cruds')).trim();
  return { base: demo.fhir, token, stop: demo.stop };
}

/** An Observation of a person, with an identifier of its own. */
export function observation(patient, value = 72) {
  return {
    resourceType: 'Observation',
    status: 'final',
    identifier: [{ system: 'https://clients.example/observation', value: randomUUID() }],
    code: { text: 'Heart rate' },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-11-20T09:30:00Z',
    valueQuantity: { value, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  };
}

/** A transaction that writes two Observations of a person. */
export function transaction(patient) {
  const entry = (resource) => ({
    fullUrl: `urn:uuid:${randomUUID()}`,
    resource,
    request: { method: 'POST', url: 'Observation' },
  });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [entry(observation(patient, 80)), entry(observation(patient, 81))],
  };
}

/** The ids in a transaction's response. */
export function created(response) {
  return response.entry.map((entry) => entry.response.location.match(/Observation\/([^/]+)/)[1]);
}
