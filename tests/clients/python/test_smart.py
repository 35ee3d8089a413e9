"""SMART's client for Python, `fhirclient`."""

import unittest

from fhirclient import client
from fhirclient.models import bundle, observation as model, patient

from fixtures import BASE, IDENTIFIER, SYSTEM, TOKEN, observation, transaction


class Smart(unittest.TestCase):
    def setUp(self):
        smart = client.FHIRClient(settings={"app_id": "tests", "api_base": BASE})
        self.server = smart.server
        self.server.session.headers["Authorization"] = f"Bearer {TOKEN}"
        search = patient.Patient.where(struct={"identifier": IDENTIFIER})
        self.patient = next(iter(search.perform_resources(self.server)))

    def test_read(self):
        read = patient.Patient.read(self.patient.id, self.server)
        self.assertEqual(read.as_json(), self.patient.as_json())

    def test_search_pages(self):
        ask = {"patient": self.patient.id}
        pages = model.Observation.where(struct={**ask, "_count": "5"}).perform_resources_iter(self.server)
        every = [one.id for one in pages]
        at_once = model.Observation.where(struct={**ask, "_count": "1000"}).perform_resources(self.server)
        self.assertGreater(len(every), 5)
        self.assertEqual(every, [one.id for one in at_once])

    def test_create(self):
        made = model.Observation(observation(self.patient.id)).create(self.server)
        self.assertEqual(made["meta"]["versionId"], "1")

    def test_conditional_update(self):
        made = model.Observation(observation(self.patient.id)).create(self.server)
        value = made["identifier"][0]["value"]
        updated = self.server.put_json(
            f"Observation?identifier={SYSTEM}|{value}", observation(self.patient.id, 90, value)
        ).json()
        self.assertEqual(updated["id"], made["id"])

    def test_patch(self):
        made = model.Observation(observation(self.patient.id)).create(self.server)
        answer = self.server.session.patch(
            f"{self.server.base_uri}Observation/{made['id']}",
            json=[{"op": "replace", "path": "/status", "value": "amended"}],
            headers={"Content-Type": "application/json-patch+json"},
        )
        self.assertEqual(answer.json()["status"], "amended")

    def test_transaction(self):
        response = self.server.post_json("", transaction(self.patient.id)).json()
        self.assertEqual([entry["response"]["status"][:3] for entry in response["entry"]], ["201", "201"])

    def test_everything(self):
        every = bundle.Bundle(self.server.request_json(f"Patient/{self.patient.id}/$everything"))
        self.assertIn("Patient", {entry.resource.resource_type for entry in every.entry})


if __name__ == "__main__":
    unittest.main()
