use chrono::NaiveDate;
use tarn_model::{Label, LabelSet, NhsNumber};

use crate::calendar::Calendar;
use crate::directory as staff;
use crate::{
    Address, Alert, Allergy, Appointment, CareCircle, Contact, ContactKind, Demographics,
    Diagnosis, Fact, Gender, Letter, Measurement, Medicine, Member, Moment, NextOfKin, Partner,
    Person, PersonName, Problem, Professional, Range, Report, Test, Vaccination, What,
};

/// One person's story while it is told.
pub(crate) struct Tale {
    pub(crate) calendar: Calendar,
    pub(crate) demographics: Demographics,
    pub(crate) differs: Vec<(Partner, Demographics)>,
    household: u64,
    facts: Vec<Fact>,
}

/// A name of one title (or none), given names and a family name.
pub(crate) fn name(prefix: &str, given: &str, family: &str) -> PersonName {
    PersonName {
        prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
        given: given.split(' ').map(str::to_owned).collect(),
        family: family.to_owned(),
    }
}

/// An address of the locality.
pub(crate) fn address(line: &str, town: &str, postcode: &str) -> Option<Address> {
    Some(Address {
        line: line.to_owned(),
        town: town.to_owned(),
        postcode: postcode.to_owned(),
    })
}

impl Tale {
    /// A story of somebody with this name, registered at Oak Lane until told otherwise.
    pub(crate) fn of(
        calendar: &Calendar,
        household: u64,
        name: PersonName,
        gender: Gender,
        birth_date: NaiveDate,
    ) -> Self {
        Self {
            calendar: *calendar,
            demographics: Demographics {
                name,
                preferred: None,
                previous: None,
                gender,
                birth_date,
                deceased: None,
                address: None,
                restricted: false,
                telephone: None,
                practice: Partner::OakLane,
                next_of_kin: None,
                birth_order: None,
                interpreter: None,
            },
            differs: Vec::new(),
            household,
            facts: Vec::new(),
        }
    }

    /// Where they live and how they are rung.
    pub(crate) fn living(&mut self, line: &str, town: &str, postcode: &str, telephone: &str) {
        self.demographics.address = address(line, town, postcode);
        self.demographics.telephone = Some(telephone.to_owned());
    }

    /// Whom to tell first.
    pub(crate) fn kin(&mut self, name: PersonName, relationship: &'static str, telephone: &str) {
        self.demographics.next_of_kin = Some(NextOfKin {
            name,
            relationship,
            telephone: telephone.to_owned(),
        });
    }

    /// Ends the story: a person.
    pub(crate) fn finish(self, index: usize, nhs_number: NhsNumber) -> Person {
        Person {
            index,
            nhs_number,
            household: self.household,
            demographics: self.demographics,
            differs: self.differs,
            facts: self.facts,
        }
    }

    pub(crate) fn on(&self, story: &str) -> Moment {
        self.calendar.on(story)
    }

    pub(crate) fn day(&self, story: &str) -> Moment {
        self.calendar.day(story)
    }

    /// Adds a fact under a key of its own.
    pub(crate) fn keep(&mut self, source: Partner, key: &str, recorded: Moment, what: What) {
        self.facts.push(Fact {
            source,
            key: key.to_owned(),
            recorded,
            labels: LabelSet::EMPTY,
            what,
        });
    }

    /// Adds a fact under its kind and its place in the story.
    pub(crate) fn add(&mut self, source: Partner, kind: &str, recorded: Moment, what: What) {
        let key = format!("{kind}-{}", self.facts.len());
        self.keep(source, &key, recorded, what);
    }

    /// Puts a label on the fact that was told last.
    pub(crate) fn labelled(&mut self, label: Label) {
        if let Some(fact) = self.facts.last_mut() {
            fact.labels = fact.labels.with(label);
        }
    }

    pub(crate) fn allergy(&mut self, source: Partner, allergy: Allergy, recorded: &str) {
        let at = self.on(recorded);
        self.add(source, "allergy", at, What::Allergy(allergy));
    }

    pub(crate) fn problem(&mut self, source: Partner, diagnosis: Diagnosis, onset: Moment) {
        self.past_problem(source, diagnosis, onset, None);
    }

    pub(crate) fn past_problem(
        &mut self,
        source: Partner,
        diagnosis: Diagnosis,
        onset: Moment,
        ended: Option<Moment>,
    ) {
        let by = usual(source);
        let problem = Problem {
            diagnosis,
            onset,
            ended,
            by,
        };
        self.add(source, "problem", onset, What::Problem(problem));
    }

    /// Adds a medicine under its own name.
    pub(crate) fn medicine(&mut self, source: Partner, recorded: Moment, medicine: Medicine) {
        let kind = format!("medicine-{}", medicine.drug.name.replace(' ', "-"));
        self.add(source, &kind, recorded, What::Medicine(medicine));
    }

    /// Adds a contact that ended `minutes` after it began.
    pub(crate) fn contact(
        &mut self,
        by: Professional,
        kind: ContactKind,
        title: &'static str,
        start: Moment,
        minutes: i64,
        summary: impl Into<String>,
    ) {
        let end = Moment {
            at: start.at.plus_seconds(minutes * 60),
            ..start
        };
        let contact = Contact {
            kind,
            title,
            summary: summary.into(),
            start,
            end: Some(end),
            place: None,
            expected_end: None,
            missed: false,
            by,
        };
        self.add(by.partner, "contact", start, What::Contact(contact));
    }

    /// Adds a visit that was arranged and did not happen.
    pub(crate) fn missed(&mut self, with: Professional, title: &'static str, at: &str) {
        let appointment = Appointment {
            title,
            at: self.on(at),
            minutes: 30,
            status: "noshow",
            with,
        };
        let at = appointment.at;
        self.add(
            with.partner,
            "appointment",
            at,
            What::Appointment(appointment),
        );
    }

    /// Adds an appointment `days` after now.
    pub(crate) fn booked(&mut self, with: Professional, title: &'static str, days: i64) {
        let now = self.calendar.days_ago(1, 9, 40);
        let at = Moment {
            at: now.at.plus_seconds((days + 1) * 86_400),
            ..now
        };
        let appointment = Appointment {
            title,
            at,
            minutes: 20,
            status: "booked",
            with,
        };
        let recorded = self.calendar.days_ago(6, 11, 5);
        self.add(
            with.partner,
            "appointment",
            recorded,
            What::Appointment(appointment),
        );
    }

    pub(crate) fn letter(
        &mut self,
        by: Professional,
        title: &'static str,
        dated: Moment,
        arrived: Moment,
        text: impl Into<String>,
    ) {
        let letter = Letter {
            title,
            dated,
            text: text.into(),
            by,
        };
        self.add(by.partner, "letter", arrived, What::Letter(letter));
    }

    pub(crate) fn alert(
        &mut self,
        by: Professional,
        category: &'static str,
        title: &'static str,
        since: Moment,
        text: impl Into<String>,
    ) {
        let alert = Alert {
            title,
            text: text.into(),
            category,
            since,
            opens: None,
            by,
        };
        self.add(by.partner, "alert", since, What::Alert(alert));
    }

    pub(crate) fn circle(&mut self, source: Partner, title: &'static str, members: Vec<Member>) {
        let at = self.calendar.days_ago(4, 9, 0);
        let circle = CareCircle { title, members };
        self.keep(source, "care-circle", at, What::CareCircle(circle));
    }

    pub(crate) fn report(
        &mut self,
        source: Partner,
        title: &'static str,
        taken: Moment,
        tests: Vec<Test>,
    ) {
        let report = Report {
            title,
            taken,
            tests,
            conclusion: None,
        };
        self.add(source, "report", taken, What::Report(report));
    }

    pub(crate) fn weight(&mut self, by: Professional, taken: Moment, kilograms: &str) {
        let snomed = ("27113001", "Body weight");
        let weight = Measurement {
            name: "Weight",
            snomed,
            taken,
            parts: vec![("Weight", snomed, kilograms.to_owned())],
            unit: ("kg", "kg"),
            by,
        };
        self.add(by.partner, "weight", taken, What::Measurement(weight));
    }

    pub(crate) fn blood_pressure(&mut self, by: Professional, taken: Moment, value: (i64, i64)) {
        let systolic = ("271649006", "Systolic blood pressure");
        let diastolic = ("271650006", "Diastolic blood pressure");
        let pressure = Measurement {
            name: "Blood pressure",
            snomed: ("75367002", "Blood pressure"),
            taken,
            parts: vec![
                ("Systolic", systolic, value.0.to_string()),
                ("Diastolic", diastolic, value.1.to_string()),
            ],
            unit: ("mmHg", "mm[Hg]"),
            by,
        };
        self.add(by.partner, "pressure", taken, What::Measurement(pressure));
    }

    pub(crate) fn vaccinated(
        &mut self,
        by: Professional,
        vaccine: &'static str,
        at: Moment,
        dose: u8,
    ) {
        let vaccination = Vaccination {
            vaccine,
            at,
            dose,
            not_given_because: None,
            by,
        };
        self.add(
            by.partner,
            "vaccination",
            at,
            What::Vaccination(vaccination),
        );
    }
}

/// The professional who writes for an organisation when the story names nobody.
pub(crate) const fn usual(partner: Partner) -> Professional {
    match partner {
        Partner::OakLane | Partner::Fenbridge | Partner::AdultCare => staff::OSEI,
        Partner::MillStreet => staff::RAHMAN,
        Partner::StBrannocs => staff::MARSH,
        Partner::Community => staff::YUSUF,
        Partner::MentalHealth => staff::QUAYE,
        Partner::ChildrensServices => staff::ALLEYNE,
        Partner::UrgentCare => staff::ACHTERBERG,
        Partner::Ambulance => staff::CALLOWAY,
    }
}

/// A test with a usual range.
pub(crate) fn test(
    (name, loinc, unit, range): (
        &'static str,
        Option<&'static str>,
        (&'static str, &'static str),
        Option<Range>,
    ),
    value: impl Into<String>,
) -> Test {
    Test {
        name,
        loinc,
        value: value.into(),
        unit,
        range,
    }
}
