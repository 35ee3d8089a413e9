use tarn_model::{NhsNumber, Timestamp};

use crate::calendar::Calendar;
use crate::organisation::organisations;
use crate::staff::staff;
use crate::{Organisation, Partner, Person, StaffPersona, filler, numbers, stories};

/// The most people a locality can have: so many have a number of the 999 range of their own.
pub const MOST_PEOPLE: usize = numbers::MOST;

/// What decides a locality. The same options give the same locality, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Decides everything that no story fixes.
    pub seed: u64,
    /// How many people, up to [`MOST_PEOPLE`]. From 30 on, every story is told.
    pub people: usize,
    /// The moment that all dates end at.
    pub now: Timestamp,
}

/// A synthetic locality. People are made as they are asked for, so that any number fits in
/// memory.
#[derive(Debug, Clone)]
pub struct Locality {
    /// Its name: `"Harrowmere"`.
    pub name: String,
    /// Its organisations, joined or not.
    pub organisations: Vec<Organisation>,
    /// Staff who can sign in.
    pub staff: Vec<StaffPersona>,
    /// Citizens who can sign in, one per story.
    pub citizens: Vec<CitizenPersona>,
    options: Options,
    calendar: Calendar,
}

/// A citizen who can sign in, named by what their story shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitizenPersona {
    /// The name used by tests, documents and commands: `"story-person"`.
    pub short_name: &'static str,
    /// Given and family name.
    pub display_name: String,
    /// Their NHS number.
    pub nhs_number: NhsNumber,
    /// Their date of birth.
    pub birth_date: chrono::NaiveDate,
    /// One line: what the record shows.
    pub story: &'static str,
    /// Their place in [`Locality::people`].
    pub index: usize,
}

/// A choice that a person made about sharing; today's only kind is an objection to the whole
/// record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Whose choice.
    pub nhs_number: NhsNumber,
    /// When they made it.
    pub at: Timestamp,
    /// How: `"portal"`, `"phone"` or `"paper"`.
    pub channel: &'static str,
}

/// Makes the locality that `options` decide.
#[must_use]
pub fn locality(options: &Options) -> Locality {
    let calendar = Calendar::new(options.now);
    let organisations = organisations();
    let mut locality = Locality {
        name: "Harrowmere".to_owned(),
        staff: staff(&organisations),
        organisations,
        citizens: Vec::new(),
        options: Options {
            people: options.people.min(MOST_PEOPLE),
            ..*options
        },
        calendar,
    };
    locality.citizens = locality.told().collect();
    locality
}

impl Locality {
    /// The options it was made from.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Everybody, in order; the stories' people first.
    pub fn people(&self) -> impl Iterator<Item = Person> {
        (0..self.options.people).filter_map(|index| self.person(index))
    }

    /// The person at `index`; the same whatever the number of people. `None` beyond the last.
    #[must_use]
    pub fn person(&self, index: usize) -> Option<Person> {
        if index >= self.options.people {
            return None;
        }
        let nhs_number = numbers::nhs_number(index)?;
        Some(match stories::STORIES.get(index) {
            Some(story) => (story.tell)(&self.calendar).finish(index, nhs_number),
            None => filler::person(
                self.options.seed,
                index - stories::STORIES.len(),
                &self.calendar,
            )
            .finish(index, nhs_number),
        })
    }

    /// The citizen whose story has this short name.
    #[must_use]
    pub fn citizen(&self, short_name: &str) -> Option<&CitizenPersona> {
        let named = |citizen: &&CitizenPersona| citizen.short_name == short_name;
        self.citizens.iter().find(named)
    }

    /// The member of staff with this short name.
    #[must_use]
    pub fn staff_member(&self, short_name: &str) -> Option<&StaffPersona> {
        let named = |persona: &&StaffPersona| persona.short_name == short_name;
        self.staff.iter().find(named)
    }

    /// The organisation that `partner` names.
    #[must_use]
    pub fn organisation(&self, partner: Partner) -> Option<&Organisation> {
        let of = |organisation: &&Organisation| organisation.partner == partner;
        self.organisations.iter().find(of)
    }

    /// The choices that people have made. They belong in a register of choices, not in a feed.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let chosen = |(index, story): (usize, &stories::Story)| {
            let (at, channel) = story.objected?;
            Some(Choice {
                nhs_number: numbers::nhs_number(index)?,
                at: self.calendar.on(at).at,
                channel,
            })
        };
        let told = stories::STORIES.iter().take(self.options.people);
        told.enumerate().filter_map(chosen).collect()
    }

    fn told(&self) -> impl Iterator<Item = CitizenPersona> {
        let stories = stories::STORIES.iter().enumerate();
        stories.filter_map(|(index, story)| {
            let person = self.person(index)?;
            let name = &person.demographics.name;
            Some(CitizenPersona {
                short_name: story.short_name,
                display_name: format!("{} {}", name.given.join(" "), name.family),
                nhs_number: person.nhs_number,
                birth_date: person.demographics.birth_date,
                story: story.shows,
                index,
            })
        })
    }
}
