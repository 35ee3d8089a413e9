//! Synthetic people for load: one transaction Bundle of 502 resources each, the same for the same
//! number, of the size that real ones have.

use std::fmt::Write as _;

use tarn_model::NhsNumber;

/// How many resources one person has, the Patient among them.
pub(crate) const RESOURCES: usize = 502;

/// How many of each type; with the Patient, [`RESOURCES`].
const KINDS: [(&str, usize); 7] = [
    ("Encounter", 45),
    ("Observation", 330),
    ("Condition", 40),
    ("MedicationRequest", 60),
    ("Procedure", 15),
    ("Immunization", 8),
    ("AllergyIntolerance", 3),
];

const FAMILIES: [&str; 16] = [
    "Ashworth",
    "Barraclough",
    "Clegg",
    "Dewhirst",
    "Entwistle",
    "Fairclough",
    "Greenhalgh",
    "Holroyd",
    "Illingworth",
    "Jagger",
    "Kershaw",
    "Lumb",
    "Murgatroyd",
    "Naylor",
    "Ogden",
    "Priestley",
];
const GIVEN: [&str; 16] = [
    "Ada", "Bernard", "Celia", "Dennis", "Elsie", "Frank", "Grace", "Harold", "Iris", "Jack",
    "Kathleen", "Leonard", "Mavis", "Norman", "Olive", "Percy",
];
const MEASURED: [(&str, &str, u64, u64); 8] = [
    ("Systolic blood pressure", "mm[Hg]", 95, 90),
    ("Diastolic blood pressure", "mm[Hg]", 55, 45),
    ("Body weight", "kg", 45, 70),
    ("Serum potassium", "mmol/L", 3, 3),
    ("Serum creatinine", "umol/L", 50, 120),
    ("Haemoglobin", "g/L", 95, 75),
    ("Peak expiratory flow rate", "L/min", 180, 400),
    ("HbA1c", "mmol/mol", 32, 70),
];
const FOUND: [&str; 8] = [
    "Type 2 diabetes",
    "Essential hypertension",
    "Asthma",
    "Osteoarthritis of knee",
    "Atrial fibrillation",
    "Depression",
    "Chronic kidney disease stage 3",
    "Eczema",
];
const TAKEN: [&str; 8] = [
    "Metformin 500 mg tablets",
    "Ramipril 5 mg capsules",
    "Salbutamol 100 micrograms inhaler",
    "Paracetamol 500 mg tablets",
    "Apixaban 5 mg tablets",
    "Sertraline 50 mg tablets",
    "Atorvastatin 20 mg tablets",
    "Hydrocortisone 1 % cream",
];

/// The NHS numbers of the data set, in order: every one of the synthetic range, 909,090 in all.
pub(crate) fn nhs_numbers() -> impl Iterator<Item = NhsNumber> {
    (999_000_000_u32..=999_999_999).filter_map(|nine| {
        let mut digits = [0; 9];
        let mut rest = nine;
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        NhsNumber::from_first_nine(digits)
    })
}

/// The Patients of these people as one transaction Bundle, registered with the practice
/// `practice`.
pub(crate) fn patients(people: Vec<Person>, practice: &str) -> String {
    let mut text = String::with_capacity(people.len() * 1_500);
    text.push_str(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
    for (at, mut person) in people.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let name = format!("urn:uuid:{}", person.uuid(0));
        let resource = person.patient(practice);
        entry(&mut text, "Patient", &name, &resource);
    }
    text.push_str("]}");
    text
}

/// A person of the data set.
pub(crate) struct Person {
    /// Their place in the data set.
    pub(crate) number: u64,
    /// Of the synthetic range.
    pub(crate) nhs_number: String,
    /// Family name.
    pub(crate) family: &'static str,
    /// First name.
    pub(crate) given: &'static str,
    /// `1938-04-02`.
    pub(crate) birth_date: String,
    random: Random,
}

impl Person {
    /// The person with this place in the data set of this seed.
    pub(crate) fn new(seed: u64, number: u64, nhs_number: &NhsNumber) -> Self {
        let mut random = Random(seed ^ number.wrapping_mul(0xA076_1D64_78BD_642F));
        let birth_date = format!(
            "{}-{:02}-{:02}",
            1930 + random.below(90),
            1 + random.below(12),
            1 + random.below(28)
        );
        Self {
            number,
            nhs_number: nhs_number.as_str().to_owned(),
            family: random.pick(&FAMILIES),
            given: random.pick(&GIVEN),
            birth_date,
            random,
        }
    }

    /// The person's record as one transaction Bundle, registered with the practice `practice`.
    pub(crate) fn bundle(mut self, practice: &str) -> String {
        let mut text = String::with_capacity(700_000);
        text.push_str(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
        let patient = format!("urn:uuid:{}", self.uuid(0));
        let resource = self.patient(practice);
        entry(&mut text, "Patient", &patient, &resource);
        let mut place = 0;
        for (kind, count) in KINDS {
            for at in 0..count {
                place += 1;
                let name = format!("urn:uuid:{}", self.uuid(place));
                let resource = self.resource(kind, at, &patient);
                text.push(',');
                entry(&mut text, kind, &name, &resource);
            }
        }
        text.push_str("]}");
        text
    }

    fn uuid(&self, place: u64) -> String {
        format!(
            "{:08x}-{:04x}-4000-8000-{:012x}",
            self.number,
            place,
            self.number.wrapping_mul(1_000).wrapping_add(place) & 0xffff_ffff_ffff
        )
    }

    fn patient(&mut self, practice: &str) -> String {
        let house = 1 + self.random.below(120);
        format!(
            r#"{{"resourceType":"Patient","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]}},"identifier":[{{"extension":[{{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{{"coding":[{{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland","code":"01"}}]}}}}],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{nhs}"}},{{"system":"https://load.example/local-id","value":"L{number}"}}],"active":true,"name":[{{"use":"official","family":"{family}","given":["{given}"]}}],"telecom":[{{"system":"phone","value":"01632 960{phone:03}","use":"home"}}],"gender":"{gender}","birthDate":"{birth}","address":[{{"use":"home","line":["{house} Load Street"],"city":"Harrowmere","postalCode":"ZZ99 3WZ"}}],"generalPractitioner":[{{"type":"Organization","identifier":{{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"{practice}"}}}}],"managingOrganization":{{"identifier":{{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"{practice}"}}}}}}"#,
            nhs = self.nhs_number,
            number = self.number,
            family = self.family,
            given = self.given,
            birth = self.birth_date,
            gender = either(self.number % 2, "female", "male"),
            phone = self.random.below(1000),
        )
    }

    fn resource(&mut self, kind: &str, at: usize, patient: &str) -> String {
        let when = self.when();
        let note = NOTE;
        match kind {
            "Encounter" => format!(
                r#"{{"resourceType":"Encounter","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter"]}},"identifier":[{{"system":"https://load.example/encounter","value":"{}-{at}"}}],"status":"finished","class":{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB","display":"ambulatory"}},"type":[{{"text":"Surgery consultation"}}],"subject":{{"reference":"{patient}"}},"period":{{"start":"{when}T09:10:00Z","end":"{when}T09:22:00Z"}},"reasonCode":[{{"text":"Review: {}. {note}"}}]}}"#,
                self.number,
                self.random.pick(&FOUND),
            ),
            "Observation" => {
                let (name, unit, low, span) = self.random.choose(&MEASURED);
                let value = low + self.random.below(span);
                let fraction = self.random.below(10);
                format!(
                    r#"{{"resourceType":"Observation","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation"]}},"status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}}]}}],"code":{{"coding":[{{"system":"https://load.example/measured","code":"{code}","display":"{name}"}}],"text":"{name}"}},"subject":{{"reference":"{patient}"}},"effectiveDateTime":"{when}T08:{minute:02}:00Z","issued":"{when}T16:00:00.000Z","valueQuantity":{{"value":{value}.{fraction}0,"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{unit}"}},"referenceRange":[{{"low":{{"value":{low}.0,"unit":"{unit}"}},"high":{{"value":{high}.0,"unit":"{unit}"}}}}],"note":[{{"text":"{note}"}}]}}"#,
                    code = name.len(),
                    minute = at % 60,
                    high = low + span,
                )
            }
            "Condition" => format!(
                r#"{{"resourceType":"Condition","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Condition"]}},"clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"{}"}}]}},"verificationStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}}]}},"category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item"}}]}}],"code":{{"text":"{}"}},"subject":{{"reference":"{patient}"}},"onsetDateTime":"{when}","recordedDate":"{when}","note":[{{"text":"{note} {note}"}}]}}"#,
                either(at as u64 % 2, "active", "resolved"),
                self.random.pick(&FOUND),
            ),
            "MedicationRequest" => format!(
                r#"{{"resourceType":"MedicationRequest","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-MedicationRequest"]}},"identifier":[{{"system":"https://load.example/prescription","value":"{}-{at}"}}],"status":"{}","intent":"order","medicationCodeableConcept":{{"text":"{}"}},"subject":{{"reference":"{patient}"}},"authoredOn":"{when}T10:00:00Z","dosageInstruction":[{{"text":"One to be taken twice a day with food","timing":{{"repeat":{{"frequency":2,"period":1,"periodUnit":"d"}}}},"route":{{"text":"Oral"}},"doseAndRate":[{{"doseQuantity":{{"value":1.0,"unit":"tablet"}}}}]}}],"dispenseRequest":{{"quantity":{{"value":56,"unit":"tablet"}}}},"substitution":{{"allowedBoolean":false}},"note":[{{"text":"{note}"}}]}}"#,
                self.number,
                either(at as u64 % 3, "active", "completed"),
                self.random.pick(&TAKEN),
            ),
            "Procedure" => format!(
                r#"{{"resourceType":"Procedure","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Procedure"]}},"status":"completed","code":{{"text":"Dressing of wound"}},"subject":{{"reference":"{patient}"}},"performedDateTime":"{when}","note":[{{"text":"{note} {note} {note}"}}]}}"#
            ),
            "Immunization" => format!(
                r#"{{"resourceType":"Immunization","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Immunization"]}},"status":"completed","vaccineCode":{{"text":"Influenza vaccine"}},"patient":{{"reference":"{patient}"}},"occurrenceDateTime":"{when}","recorded":"{when}","primarySource":true,"lotNumber":"LOT{at}","doseQuantity":{{"value":0.5,"unit":"mL"}},"note":[{{"text":"{note} {note}"}}]}}"#
            ),
            _ => format!(
                r#"{{"resourceType":"AllergyIntolerance","meta":{{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-AllergyIntolerance"]}},"clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}}]}},"verificationStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"confirmed"}}]}},"code":{{"text":"{}"}},"patient":{{"reference":"{patient}"}},"recordedDate":"{when}","reaction":[{{"manifestation":[{{"text":"Rash"}}],"severity":"moderate"}}],"note":[{{"text":"{note} {note}"}}]}}"#,
                ["Penicillin", "Latex", "Peanut"]
                    .get(at)
                    .copied()
                    .unwrap_or("Nickel"),
            ),
        }
    }

    /// A day of the last ten years.
    fn when(&mut self) -> String {
        format!(
            "{}-{:02}-{:02}",
            2016 + self.random.below(10),
            1 + self.random.below(12),
            1 + self.random.below(28)
        )
    }
}

/// The first word when `rest` is nothing, else the second.
const fn either(rest: u64, first: &'static str, second: &'static str) -> &'static str {
    if rest == 0 { first } else { second }
}

/// Text that brings resources to the size that real ones have.
const NOTE: &str = "Seen in the surgery with a relative. Says that things are much as they were at \
the last review, sleeping well, eating well, no new concerns. Plan agreed and understood; to come \
back sooner if worse. Leaflet given. Bloods to be repeated before then; result to be sent by letter \
and shared with the ward that asked for it.";

fn entry(text: &mut String, kind: &str, name: &str, resource: &str) {
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        r#"{{"fullUrl":"{name}","resource":{resource},"request":{{"method":"POST","url":"{kind}"}}}}"#
    );
}

/// A small generator of numbers: the same seed, the same numbers, on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0, below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn pick(&mut self, list: &'static [&'static str]) -> &'static str {
        self.choose(list)
    }

    /// One of a list that is not empty.
    fn choose<T: Copy + Default>(&mut self, list: &[T]) -> T {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or_default();
        list.get(at).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_502_resources_of_the_size_of_real_ones() {
        let number = nhs_numbers().next().unwrap();
        let bundle = Person::new(42, 0, &number).bundle("OAK01");
        let read: serde_json::Value = serde_json::from_str(&bundle).unwrap();
        assert_eq!(read["entry"].as_array().unwrap().len(), RESOURCES);
        let mean = bundle.len() / RESOURCES;
        assert!((1_100..1_300).contains(&mean), "{mean} bytes an entry");
        assert_eq!(bundle, Person::new(42, 0, &number).bundle("OAK01"));
    }

    #[test]
    fn many_people_go_into_one_bundle_as_the_same_patients() {
        let numbers: Vec<_> = nhs_numbers().take(3).collect();
        let people = |number: usize| Person::new(42, number as u64, &numbers[number]);
        let text = patients((0..3).map(people).collect(), "OAK01");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["entry"].as_array().unwrap().len(), 3);
        let alone = people(2).bundle("OAK01");
        let alone: serde_json::Value = serde_json::from_str(&alone).unwrap();
        assert_eq!(read["entry"][2], alone["entry"][0]);
    }

    #[test]
    fn there_are_enough_numbers_for_a_region() {
        assert_eq!(nhs_numbers().count(), 909_091);
        assert!(nhs_numbers().take(100).all(|number| number.is_synthetic()));
    }
}
