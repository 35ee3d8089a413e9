//! The patient banner. Rule ids are CUI's (`patben`, `datedisplay`, NHS number entry).

use std::collections::BTreeSet;

use askama::Template;
use tarn_access::{Demographics, When};
use tarn_model::{PersonId, Timestamp};
use tarn_web::Icon;

use crate::allergy::{Allergies, AllergyState};
use crate::dates;
use crate::source::Sources;

/// Zone 1 and Zone 2 of the banner, as words.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "banner.html")]
pub struct Banner {
    /// The person, for the link to the allergies.
    pub person: PersonId,
    /// `HARGREAVES, Edna (Mrs)`: never cut, no label (PAB-0049 to -0053, NID-0005).
    pub name: String,
    /// The name the person wants to be called by (PAB-0020, -0037).
    pub preferred_name: Option<String>,
    /// Names no longer used.
    pub former_names: Vec<String>,
    /// Date of birth, or `"Not known"` (PAB-0033, -0019).
    pub born: String,
    /// Age now, in parentheses after the date; none for the dead (PAB-0034).
    pub age: Option<String>,
    /// Date of death, `"Date not known"` if none was given; `None` for the living (PAB-0057).
    pub died: Option<String>,
    /// Age at death (PAB-0060).
    pub age_at_death: Option<String>,
    /// Gender as a word (PAB-0035; see CUI's caution on the label).
    pub gender: String,
    /// NHS number, 3-3-4 (NUM-0001 to -0003).
    pub nhs_number: Option<String>,
    /// Whether where the person can be found is protected.
    pub protected: bool,
    /// Current address.
    pub address: String,
    /// Telephones and e-mail, in the order Home, Work, Mobile, Email (PAB-0030).
    pub contacts: Vec<String>,
    /// Registered GP practice.
    pub registered_gp: String,
    /// Next of kin.
    pub next_of_kin: Vec<String>,
    /// Communication and interpreter needs.
    pub communication: Vec<String>,
    /// The title of the fifth section (PAB-0064); none for those whose role has no part in it
    /// (PAB-0008), and on pages that do not read it.
    pub allergy_state: Option<AllergyState>,
    /// Whether the fifth section only leads to the snapshot, on a page that has not read it.
    pub allergies_elsewhere: bool,
    /// The allergens, where there are any: what, and the date it was last updated (PAB-0065).
    pub allergens: Vec<BannerAllergen>,
    /// Whether a source that feeds allergies does not answer, so that there may be others.
    pub may_be_others: Option<String>,
    /// What the sources say differently of who the person is: label, and each source's words.
    pub differences: Vec<IdentityDifference>,
}

/// One allergen in the banner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BannerAllergen {
    /// What.
    pub display: String,
    /// When it was last updated.
    pub updated: String,
    /// From a copy of this date, where its source does not answer.
    pub copy_of: Option<String>,
}

/// Something that sources say differently of who the person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityDifference {
    /// The banner's label: `"Born"`.
    pub label: &'static str,
    /// Source and what it says.
    pub said: Vec<(String, String)>,
}

impl Banner {
    /// The banner of the person whom `demographics` describes, newest first; `None` if nobody
    /// describes them. Nothing is mixed: name, birth, gender and NHS number come from one source
    /// (only a missing NHS number is taken from another), and where another source differs the
    /// difference is told.
    #[must_use]
    pub fn new(
        demographics: &[Demographics],
        protected: bool,
        allergies: Option<&Allergies<'_>>,
        sources: Sources<'_>,
        now: Timestamp,
    ) -> Option<Self> {
        let main = demographics.first()?;
        let died = demographics.iter().find_map(|said| said.died);
        let nhs_number = demographics.iter().find_map(|said| said.nhs_number);
        let first_said = |say: &dyn Fn(&Demographics) -> Vec<String>| {
            demographics
                .iter()
                .map(say)
                .find(|said| !said.is_empty())
                .unwrap_or_default()
        };
        Some(Self {
            person: main.person,
            name: display_name(main),
            preferred_name: demographics
                .iter()
                .find_map(|said| said.preferred_name.clone()),
            former_names: former_names(demographics),
            born: main
                .birth_date
                .as_ref()
                .map_or("Not known".to_owned(), dates::when),
            age: match (&main.birth_date, died) {
                (Some(born), None) => dates::age(born, now),
                _ => None,
            },
            died: died.map(|at| at.as_ref().map_or("Date not known".to_owned(), dates::when)),
            age_at_death: match (&main.birth_date, died) {
                (Some(born), Some(Some(died))) => dates::age(born, died.at),
                _ => None,
            },
            gender: gender(main.gender.as_deref()),
            nhs_number: nhs_number.map(|number| number.grouped().replace(' ', "\u{a0}")),
            protected,
            address: address(demographics, protected),
            contacts: first_said(&contacts),
            registered_gp: registered_gp(demographics, protected),
            next_of_kin: first_said(&next_of_kin),
            communication: first_said(&|said: &Demographics| said.communication.clone()),
            allergy_state: allergies.map(|allergies| allergies.state),
            allergies_elsewhere: false,
            allergens: allergies.map(banner_allergens).unwrap_or_default(),
            may_be_others: allergies.and_then(|allergies| may_be_others(allergies, sources)),
            differences: differences(demographics, sources),
        })
    }

    /// The class of the fifth section: its emphasis follows its state (PAB-0067, -0068, -0071).
    fn allergy_class(state: &AllergyState) -> &'static str {
        match state {
            AllergyState::Known => "is-known",
            AllergyState::NoneKnown => "is-none",
            AllergyState::NotRecorded => "is-not-recorded",
            AllergyState::Unavailable => "is-unavailable",
        }
    }

    /// "Known allergies" has an icon of its own; the others one of less emphasis (PAB-0069,
    /// -0070, -0072).
    fn allergy_icon(state: &AllergyState) -> Icon {
        match state {
            AllergyState::Known => Icon::Alert,
            AllergyState::NoneKnown | AllergyState::NotRecorded => Icon::None,
            AllergyState::Unavailable => Icon::Unavailable,
        }
    }

    /// The first three states lead to the record's section (PAB-0066).
    fn allergy_link(&self, state: &AllergyState) -> Option<String> {
        let leads = *state != AllergyState::Unavailable;
        leads.then(|| format!("/people/{}#allergies", self.person))
    }

    /// What the person is called where a sentence speaks of them: the preferred name, else the
    /// name of the banner.
    #[must_use]
    pub fn called(&self) -> &str {
        self.preferred_name.as_deref().unwrap_or(&self.name)
    }
}

/// `SURNAME, Given Given (Title)`: family name in capitals, comma, title in parentheses in title
/// case without a full stop (PAB-0049, -0051, -0052; NID-0007, -0010).
#[must_use]
pub fn display_name(said: &Demographics) -> String {
    let family = if said.family.trim().is_empty() {
        "NOT KNOWN".to_owned()
    } else {
        said.family.trim().to_uppercase()
    };
    let mut name = family;
    if !said.given.is_empty() {
        name.push_str(", ");
        name.push_str(&said.given.join(" "));
    }
    if let Some(title) = said
        .title
        .as_deref()
        .map(title_case)
        .filter(|title| !title.is_empty())
    {
        name.push_str(&format!(" ({title})"));
    }
    name
}

/// The gender in the words of the banner; a word that Tarn does not know stays as it is.
#[must_use]
pub fn gender(fhir: Option<&str>) -> String {
    match fhir {
        Some("female") => "Female".to_owned(),
        Some("male") => "Male".to_owned(),
        Some("other") => "Other".to_owned(),
        None | Some("unknown" | "") => "Not known".to_owned(),
        Some(other) => other.to_owned(),
    }
}

fn title_case(title: &str) -> String {
    let title = title.trim().trim_end_matches('.');
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(letters.flat_map(char::to_lowercase))
            .collect()
    })
}

fn former_names(demographics: &[Demographics]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all = demographics
        .iter()
        .flat_map(|said| said.former_names.iter());
    all.filter(|name| seen.insert(name.to_lowercase()))
        .cloned()
        .collect()
}

fn address(demographics: &[Demographics], protected: bool) -> String {
    if protected {
        return "Address protected".to_owned();
    }
    let first = demographics.iter().find_map(|said| said.addresses.first());
    first.cloned().unwrap_or_else(|| "Not known".to_owned())
}

fn registered_gp(demographics: &[Demographics], protected: bool) -> String {
    if protected {
        return "Protected".to_owned();
    }
    let named = demographics
        .iter()
        .find_map(|said| said.registered_gp_name.clone());
    let coded = || {
        demographics
            .iter()
            .find_map(|said| said.registered_gp.as_ref().map(ToString::to_string))
    };
    named
        .or_else(coded)
        .unwrap_or_else(|| "Not known".to_owned())
}

fn contacts(said: &Demographics) -> Vec<String> {
    let rank = |kind: &str| match kind {
        "home" => 0,
        "work" => 1,
        "mobile" => 2,
        "email" => 3,
        _ => 4,
    };
    let mut contacts: Vec<&(String, String)> = said.contacts.iter().collect();
    contacts.sort_by_key(|(kind, _)| rank(kind));
    contacts
        .iter()
        .map(|(kind, value)| {
            // A telephone number stays on one line; an e-mail address has no spaces to hold.
            let value = value.replace(' ', "\u{a0}");
            format!("{} {value}", title_case(kind)).trim().to_owned()
        })
        .collect()
}

fn next_of_kin(said: &Demographics) -> Vec<String> {
    let kin = said.next_of_kin.iter();
    kin.map(|(name, relation, telephone)| {
        let mut words = name.clone();
        if !relation.is_empty() {
            words.push_str(&format!(", {relation}"));
        }
        if let Some(telephone) = telephone {
            words.push_str(&format!(" {}", telephone.replace(' ', "\u{a0}")));
        }
        words
    })
    .collect()
}

fn banner_allergens(allergies: &Allergies<'_>) -> Vec<BannerAllergen> {
    let allergens = allergies.allergens.iter();
    allergens
        .map(|allergen| {
            let newest: Option<&When> = allergen
                .lines
                .iter()
                .filter_map(|line| line.recorded_at.as_ref().or(line.clinical_at.as_ref()))
                .max_by_key(|when| when.at);
            let received = allergen.lines.iter().map(|line| line.received_at).max();
            BannerAllergen {
                display: allergen.display.to_owned(),
                updated: newest.map_or("date not recorded".to_owned(), dates::when),
                copy_of: received.filter(|_| allergen.from_copy).map(dates::day_of),
            }
        })
        .collect()
}

fn may_be_others(allergies: &Allergies<'_>, sources: Sources<'_>) -> Option<String> {
    let silent: Vec<&str> = allergies
        .unavailable
        .iter()
        .map(|(organisation, _)| sources.short_name(organisation))
        .collect();
    (!silent.is_empty()).then(|| format!("{} unavailable: there may be others", silent.join(", ")))
}

/// What one source says under one label.
type Say<'a> = &'a dyn Fn(&Demographics) -> Option<String>;

fn differences(demographics: &[Demographics], sources: Sources<'_>) -> Vec<IdentityDifference> {
    let labels: [(&'static str, Say<'_>); 4] = [
        ("Family name", &|said| {
            Some(said.family.to_uppercase()).filter(|name| !name.is_empty())
        }),
        ("Born", &|said| said.birth_date.as_ref().map(dates::when)),
        ("Gender", &|said| {
            said.gender.as_ref().map(|word| gender(Some(word)))
        }),
        ("NHS No.", &|said| {
            said.nhs_number.map(|number| number.grouped())
        }),
    ];
    let differing = labels.iter().filter_map(|(label, say)| {
        let said: Vec<(String, String)> = demographics
            .iter()
            .filter_map(|said| Some((sources.name(&said.source).to_owned(), say(said)?)))
            .collect();
        let distinct: BTreeSet<&String> = said.iter().map(|(_, words)| words).collect();
        (distinct.len() > 1).then_some(IdentityDifference { label, said })
    });
    differing.collect()
}

#[cfg(test)]
mod tests;
