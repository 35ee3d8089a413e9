use serde_json::Value;
use tarn_synth::{FhirBundles, Locality, Writer};

use super::{harrowmere, resources};

/// One person's resources, each with its source.
struct Told(Vec<(String, Value)>);

impl Told {
    fn of(locality: &Locality, short_name: &str) -> Self {
        let persona = locality.citizen(short_name);
        let person = persona.and_then(|persona| locality.person(persona.index));
        let mut told = Vec::new();
        for organisation in locality.organisations.iter().filter(|one| one.sends()) {
            let source = organisation.ods.as_str();
            let bundles = person.iter();
            let bundles = bundles.flat_map(|who| FhirBundles.person(locality, organisation, who));
            for bundle in bundles {
                let bundle: Value = serde_json::from_str(&bundle).unwrap_or_default();
                told.extend(resources(&bundle).map(|one| (source.to_owned(), one.clone())));
            }
        }
        Self(told)
    }

    /// The resources of one type from one source; any source if it is empty.
    fn from(&self, source: &str, kind: &str) -> Vec<&Value> {
        let wanted = |(of, one): &&(String, Value)| {
            (source.is_empty() || of == source) && one["resourceType"] == kind
        };
        self.0.iter().filter(wanted).map(|(_, one)| one).collect()
    }

    /// Whether a resource of this type and source says all these words.
    fn says(&self, source: &str, kind: &str, words: &[&str]) -> bool {
        let found = self.from(source, kind);
        let texts: Vec<String> = found.iter().map(|one| one.to_string()).collect();
        texts
            .iter()
            .any(|text| words.iter().all(|word| text.contains(word)))
    }
}

#[test]
fn every_story_is_told_and_true() {
    let locality = harrowmere(30);
    let check = |short_name: &str, source: &str, kind: &str, words: &[&str]| {
        let told = Told::of(&locality, short_name);
        assert!(
            told.says(source, kind, words),
            "{short_name}: {source} {kind} {words:?}"
        );
    };
    check("opted-out", "OAK01", "Condition", &["High blood pressure"]);
    check(
        "in-hospital",
        "RSB",
        "Encounter",
        &["in-progress", "IMP", "Ward J12", "Expected home"],
    );
    check("in-hospital", "RYH", "Encounter", &["Ambulance attendance"]);
    check(
        "restricted-address",
        "MIL01",
        "Patient",
        &["v3-Confidentiality", "\"R\""],
    );
    check("restricted-address", "RSB", "Patient", &["Mallow Yard"]);
    check(
        "twin-a",
        "MIL01",
        "Patient",
        &["Saffron", "\"multipleBirthInteger\":1"],
    );
    check(
        "twin-b",
        "MIL01",
        "Patient",
        &["Sabrina", "\"multipleBirthInteger\":2"],
    );
    check(
        "name-change",
        "OAK01",
        "Patient",
        &["Adeyemi", "Swaine", "\"old\""],
    );
    check("name-change", "RSB", "Patient", &["Swaine"]);
    check("deceased", "OAK01", "Patient", &["deceasedDateTime"]);
    check("deceased", "RHC", "Appointment", &["booked"]);
    check(
        "safeguarded-child",
        "H10C",
        "Flag",
        &["urn:tarn:flag-category", "urn:tarn:label", "safeguarding"],
    );
    check(
        "safeguarded-child",
        "H10C",
        "CarePlan",
        &["Child protection plan", "urn:tarn:label"],
    );
    check("safeguarded-child", "RHC", "Appointment", &["noshow"]);
    check("safeguarded-parent", "H10C", "Flag", &["not-for-subject"]);
    check("gp-not-joined", "RSB", "Patient", &["FEN01"]);
    check(
        "insulin-stopped",
        "RHC",
        "MedicationStatement",
        &["stopped", "low blood sugar"],
    );
    check(
        "insulin-stopped",
        "OAK01",
        "MedicationRequest",
        &["insulin aspart", "active"],
    );
    check(
        "package-paused",
        "RSB",
        "CarePlan",
        &["on-hold", "Social care package"],
    );
    check(
        "not-answering",
        "RHC",
        "Encounter",
        &["going to her sister"],
    );
    check(
        "antiplatelets",
        "MIL01",
        "MedicationRequest",
        &["clopidogrel", "stent", "twelve months"],
    );
    check(
        "crisis-plan",
        "RMH",
        "CarePlan",
        &["Crisis plan", "mental-health"],
    );
    check(
        "already-known",
        "RSB",
        "ServiceRequest",
        &["Occupational therapy", "RHC"],
    );
    check(
        "many-medicines",
        "RSB",
        "MedicationStatement",
        &["spironolactone"],
    );
    check("sensitive-entry", "MIL01", "Encounter", &["sexual-health"]);
    check(
        "interpreter",
        "MIL01",
        "Patient",
        &["interpreterRequired", "Polish"],
    );
    check("virtual-ward", "RSB", "CarePlan", &["Virtual ward"]);
    assert_eq!(locality.citizens.len(), 21, "a story without a check above");
}

#[test]
fn what_one_organisation_does_not_say_is_not_said() {
    let locality = harrowmere(30);
    let absent = |short_name: &str, source: &str, kind: &str, word: &str| {
        let told = Told::of(&locality, short_name);
        assert!(
            !told.from(source, kind).is_empty(),
            "{short_name}: {source} {kind}"
        );
        assert!(
            !told.says(source, kind, &[word]),
            "{short_name}: {source} {kind} {word}"
        );
    };
    absent("restricted-address", "MIL01", "Patient", "\"address\"");
    absent("restricted-address", "RSB", "Patient", "v3-Confidentiality");
    absent("deceased", "RHC", "Patient", "deceased");
    absent("name-change", "RSB", "Patient", "Adeyemi");
    let fenbridge = Told::of(&locality, "gp-not-joined");
    assert!(fenbridge.from("FEN01", "Patient").is_empty());
    let twins = ["twin-a", "twin-b"].map(|name| locality.citizen(name).unwrap());
    assert_eq!(twins[0].birth_date, twins[1].birth_date);
    assert_ne!(twins[0].nhs_number, twins[1].nhs_number);
    let family = ["safeguarded-child", "safeguarded-parent"];
    let homes = family.map(|name| {
        locality
            .person(locality.citizen(name).unwrap().index)
            .unwrap()
    });
    assert_eq!(homes[0].demographics.address, homes[1].demographics.address);
}

#[test]
fn the_one_objection_is_the_opted_out_persons() {
    let locality = harrowmere(30);
    let choices = locality.choices();
    assert_eq!(choices.len(), 1);
    assert_eq!(
        choices[0].nhs_number,
        locality.citizen("opted-out").unwrap().nhs_number
    );
    assert!(choices[0].at < super::story_now());
}

#[test]
fn edies_banner_is_the_pictures() {
    let told = Told::of(&harrowmere(30), "story-person");
    let patient = told.from("OAK01", "Patient")[0];
    assert_eq!(patient["identifier"][0]["value"], "9990000018");
    assert_eq!(patient["birthDate"], "1945-07-14");
    assert_eq!(patient["name"][0]["family"], "Hargreaves");
    assert_eq!(patient["name"][1]["given"][0], "Edie");
    assert_eq!(patient["address"][0]["line"][0], "3 Wheelwright Row");
    assert_eq!(patient["telecom"][0]["value"], "01632 960 184");
    assert_eq!(patient["contact"][0]["relationship"][0]["text"], "daughter");
    assert_eq!(
        patient["generalPractitioner"][0]["identifier"]["value"],
        "OAK01"
    );
    assert!(
        told.from("RMH", "Patient").is_empty(),
        "what mental health holds is not known"
    );
}

#[test]
fn edies_lists_are_the_pictures() {
    let told = Told::of(&harrowmere(30), "story-person");
    let names = |source: &str, kind: &str, statuses: &[&str]| {
        let found = told.from(source, kind).into_iter();
        let found = found.filter(|one| statuses.contains(&one["status"].as_str().unwrap()));
        let mut names: Vec<String> = found
            .map(|one| {
                one["medicationReference"]["display"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        names.sort();
        names
    };
    let current = ["active"];
    assert_eq!(
        names("OAK01", "MedicationRequest", &current),
        [
            "apixaban",
            "bisoprolol",
            "furosemide",
            "metformin",
            "mirtazapine",
            "paracetamol",
            "ramipril"
        ]
    );
    assert_eq!(
        names("RSB", "MedicationStatement", &current),
        [
            "apixaban",
            "bisoprolol",
            "doxycycline",
            "furosemide",
            "metformin",
            "mirtazapine"
        ]
    );
    assert_eq!(
        names("RHC", "MedicationStatement", &current),
        ["apixaban", "bisoprolol", "metformin"]
    );
    assert_eq!(
        names("RSB", "MedicationStatement", &["stopped"]),
        ["naproxen", "ramipril"]
    );
    assert_eq!(
        names("OAK01", "MedicationRequest", &["stopped", "completed"]).len(),
        13
    );
    let count = |kind: &str, word: &str| {
        let found = told.from("", kind).into_iter();
        found.filter(|one| one.to_string().contains(word)).count()
    };
    assert_eq!(count("DocumentReference", "current"), 14);
    assert_eq!(count("Observation", "laboratory"), 61);
    assert_eq!(count("Condition", "\"resolved\""), 11);
    assert_eq!(
        count("Flag", "active"),
        5,
        "four, of which one is told by two"
    );
    assert_eq!(count("AllergyIntolerance", "active"), 3);
    assert!(told.says(
        "OAK01",
        "AllergyIntolerance",
        &["penicillin", "facial swelling", "2011-02-04"]
    ));
    assert!(told.says("RSB", "AllergyIntolerance", &["409137002", "2026-11-14"]));
    assert!(told.says(
        "RHC",
        "AllergyIntolerance",
        &["adhesive dressings", "2024-06-17"]
    ));
}

#[test]
fn edies_last_days_are_the_pictures() {
    let told = Told::of(&harrowmere(30), "story-person");
    let says = |source, kind, words: &[&str]| {
        assert!(told.says(source, kind, words), "{source} {kind} {words:?}");
    };
    says(
        "HUC01",
        "Encounter",
        &["2026-11-22T07:52", "in-progress", "Doctor to call back"],
    );
    says(
        "RHC",
        "Encounter",
        &["2026-11-21T16:30", "1.6 kg since 18-Nov-2026"],
    );
    says(
        "OAK01",
        "Encounter",
        &["2026-11-20T11:15", "daughter’s help"],
    );
    says(
        "RSB",
        "Encounter",
        &["2026-11-14T11:40", "2026-11-19T15:20", "Ward J12"],
    );
    says(
        "RSB",
        "Observation",
        &[
            "Creatinine",
            "\"value\":131,",
            "women, 18 and over: 45–84",
            "above",
        ],
    );
    says("RHC", "Observation", &["Weight", "\"value\":58.0,"]);
    says(
        "OAK01",
        "MedicationRequest",
        &["furosemide", "once a day", "LastIssueDate", "2026-11-02"],
    );
    says(
        "RSB",
        "MedicationStatement",
        &["furosemide", "twice a day", "2026-11-19"],
    );
    says(
        "RSB",
        "MedicationStatement",
        &["ramipril", "stopped", "acute kidney injury", "2026-11-16"],
    );
    says(
        "OAK01",
        "CareTeam",
        &[
            "Ruth Hargreaves",
            "07700 900461",
            "Joan Petrie",
            "07700 900327",
            "01632 960 108",
        ],
    );
    says(
        "RHC",
        "CareTeam",
        &["Amina Yusuf", "01632 960 122", "2025-01-14"],
    );
    says(
        "RSB",
        "CareTeam",
        &["Kofi Lindqvist", "01632 960 155", "not yet seen"],
    );
    says("OAK01", "QuestionnaireResponse", &["Biscuit", "2026-10-06"]);
    says(
        "OAK01",
        "Flag",
        &[
            "ReSPECT in place: not for CPR",
            "review 03-Mar-2027",
            "letter-respect",
        ],
    );
    says("RHC", "Flag", &["Key safe, back door", "Binary/"]);
    assert!(
        !told.says("RHC", "Flag", &["4917"]),
        "the code is shown only when asked for"
    );
}
