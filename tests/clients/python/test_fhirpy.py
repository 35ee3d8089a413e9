"""The client `fhirpy`."""

import unittest

from fhirpy import SyncFHIRClient

from fixtures import BASE, IDENTIFIER, SYSTEM, TOKEN, observation, transaction


class Fhirpy(unittest.TestCase):
    def setUp(self):
        self.client = SyncFHIRClient(BASE, authorization=f"Bearer {TOKEN}")
        self.patient = self.client.resources("Patient").search(identifier=IDENTIFIER).first()

    def test_read(self):
        read = self.client.reference("Patient", self.patient.id).to_resource()
        self.assertEqual(read.serialize(), self.patient.serialize())

    def test_search_pages(self):
        search = self.client.resources("Observation").search(patient=self.patient.id)
        every = [one.id for one in search.limit(5).fetch_all()]
        at_once = [one.id for one in search.limit(1000).fetch()]
        self.assertGreater(len(every), 5)
        self.assertEqual(every, at_once)

    def test_create(self):
        made = self.client.resource(**with_type(observation(self.patient.id)))
        made.save()
        self.assertEqual(made["meta"]["versionId"], "1")

    def test_conditional_update(self):
        made = self.client.resource(**with_type(observation(self.patient.id)))
        made.save()
        value = made["identifier"][0]["value"]
        changed = self.client.resource(**with_type(observation(self.patient.id, 90, value)))
        updated, was_created = (
            self.client.resources("Observation").search(identifier=f"{SYSTEM}|{value}").update(changed)
        )
        self.assertFalse(was_created)
        self.assertEqual(updated.id, made.id)

    def test_patch(self):
        made = self.client.resource(**with_type(observation(self.patient.id)))
        made.save()
        # fhirpy's own patch merges members, which FHIR R4 does not have; it can send a JSON Patch.
        client = SyncFHIRClient(
            BASE,
            authorization=f"Bearer {TOKEN}",
            extra_headers={"Content-Type": "application/json-patch+json"},
        )
        patched = client.execute(
            f"Observation/{made.id}",
            method="patch",
            data=[{"op": "replace", "path": "/status", "value": "amended"}],
        )
        self.assertEqual(patched["status"], "amended")

    def test_transaction(self):
        response = self.client.execute("/", method="post", data=transaction(self.patient.id))
        for entry in response["entry"]:
            self.assertTrue(entry["response"]["status"].startswith("201"))

    def test_everything(self):
        bundle = self.client.execute(f"Patient/{self.patient.id}/$everything", method="get")
        self.assertIn("Patient", {entry["resource"]["resourceType"] for entry in bundle["entry"]})


def with_type(resource):
    """fhirpy takes the type apart from the rest."""
    rest = dict(resource)
    return {"resource_type": rest.pop("resourceType"), **rest}


if __name__ == "__main__":
    unittest.main()
