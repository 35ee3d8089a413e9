"""What every Python client's round is made of."""

import os
import uuid

BASE = os.environ["FHIR_BASE"]
TOKEN = os.environ["FHIR_TOKEN"]
IDENTIFIER = f"{os.environ['NHS_NUMBER_SYSTEM']}|{os.environ['NHS_NUMBER']}"
SYSTEM = "https://clients.example/observation"


def observation(patient, value=72, identifier=None):
    """An Observation of a person, with an identifier of its own."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "identifier": [{"system": SYSTEM, "value": identifier or str(uuid.uuid4())}],
        "code": {"text": "Heart rate"},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-11-20T09:30:00Z",
        "valueQuantity": {"value": value, "unit": "/min"},
    }


def transaction(patient):
    """A transaction that writes two Observations of a person."""
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{uuid.uuid4()}",
                "resource": observation(patient, value),
                "request": {"method": "POST", "url": "Observation"},
            }
            for value in (80, 81)
        ],
    }
