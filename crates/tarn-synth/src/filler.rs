//! People whom no story names: households with whole lives, drawn from the seed.

mod life;

use chrono::{Datelike, NaiveDate};

use crate::calendar::Calendar;
use crate::names::{FAMILY, FEMALE, MALE, POSTCODE_LETTERS, STREETS, TOWNS};
use crate::random::{Purpose, Stream};
use crate::stories::{Tale, address, name};
use crate::{Gender, Partner};

/// How many neighbours are drawn together.
const BLOCK: usize = 6;
/// Household numbers below this are the stories'.
const FIRST_HOUSEHOLD: u64 = 1000;

/// A place in a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seat {
    Woman,
    Man,
    OldWoman,
    OldMan,
    Child,
}

/// Six people in households, as they may live next to each other.
const BLOCKS: &[&[&[Seat]]] = &[
    &[
        &[Seat::Woman, Seat::Man, Seat::Child, Seat::Child],
        &[Seat::OldWoman, Seat::OldMan],
    ],
    &[
        &[Seat::Woman, Seat::Child, Seat::Child],
        &[Seat::OldWoman],
        &[Seat::Man, Seat::Woman],
    ],
    &[
        &[Seat::Man, Seat::Woman],
        &[Seat::Woman, Seat::Man, Seat::Child],
        &[Seat::OldMan],
    ],
    &[
        &[
            Seat::OldWoman,
            Seat::Woman,
            Seat::Man,
            Seat::Child,
            Seat::Child,
        ],
        &[Seat::Man],
    ],
    &[
        &[Seat::OldMan, Seat::OldWoman],
        &[Seat::Woman, Seat::Woman],
        &[Seat::Man, Seat::Child],
    ],
];

/// The person at `index` among those whom no story names.
pub(crate) fn person(seed: u64, index: usize, calendar: &Calendar) -> Tale {
    let block = index / BLOCK;
    let drawn = Stream::new(seed, Purpose::Household, block as u64).below(BLOCKS.len() as u64);
    let households = BLOCKS.get(usize::try_from(drawn).unwrap_or_default());
    let (household, seat) = place(households.copied().unwrap_or_default(), index % BLOCK);
    let number = FIRST_HOUSEHOLD + (block * BLOCK + household) as u64;
    let home = Home::draw(seed, number);
    let mut stream = Stream::new(seed, Purpose::Person, index as u64);
    let mut tale = home.person(number, seat, &mut stream, calendar);
    let mut events = Stream::new(seed, Purpose::Life, index as u64);
    life::live(&mut tale, &mut events);
    tale
}

/// Which household of the block a place lies in, and the seat there.
fn place(households: &[&[Seat]], mut at: usize) -> (usize, Seat) {
    for (number, household) in households.iter().enumerate() {
        if let Some(seat) = household.get(at) {
            return (number, *seat);
        }
        at -= household.len();
    }
    (0, Seat::Woman)
}

/// What a household shares.
struct Home {
    family: &'static str,
    line: String,
    town: &'static str,
    postcode: String,
    telephone: String,
    practice: Partner,
}

impl Home {
    fn draw(seed: u64, number: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Household, number | 1 << 40);
        let (town, digit) = stream.pick(TOWNS);
        let letters = [stream.pick(POSTCODE_LETTERS), stream.pick(POSTCODE_LETTERS)];
        let practice = match stream.below(10) {
            0..5 => Partner::OakLane,
            5..9 => Partner::MillStreet,
            _ => Partner::Fenbridge,
        };
        Self {
            family: stream.pick(FAMILY),
            line: format!("{} {}", stream.between(1, 240), stream.pick(STREETS)),
            town,
            postcode: format!("ZZ99 {digit}{}", letters.concat()),
            telephone: format!("07700 900{:03}", stream.below(1000)),
            practice,
        }
    }

    fn person(&self, number: u64, seat: Seat, stream: &mut Stream, calendar: &Calendar) -> Tale {
        let (gender, oldest, youngest) = match seat {
            Seat::Woman => (Gender::Female, 64, 22),
            Seat::Man => (Gender::Male, 64, 22),
            Seat::OldWoman => (Gender::Female, 97, 66),
            Seat::OldMan => (Gender::Male, 95, 66),
            Seat::Child if stream.chance(50) => (Gender::Female, 17, 1),
            Seat::Child => (Gender::Male, 17, 1),
        };
        let born = birth_date(stream, calendar, oldest, youngest);
        let (title, given) = match (gender, seat) {
            (Gender::Female, Seat::Child) => ("Miss", stream.pick(FEMALE)),
            (Gender::Female, _) => (
                stream.pick(&["Mrs", "Ms", "Mrs", "Miss"]),
                stream.pick(FEMALE),
            ),
            (_, Seat::Child) => ("", stream.pick(MALE)),
            _ => ("Mr", stream.pick(MALE)),
        };
        let who = name(title, given, self.family);
        let mut tale = Tale::of(calendar, number, who, gender, born);
        tale.demographics.practice = self.practice;
        tale.demographics.address = address(&self.line, self.town, &self.postcode);
        tale.demographics.telephone = Some(self.telephone.clone());
        tale
    }
}

fn birth_date(stream: &mut Stream, calendar: &Calendar, oldest: i64, youngest: i64) -> NaiveDate {
    const TOLD_IN: i32 = 2026;
    let age = i32::try_from(stream.between(youngest, oldest)).unwrap_or_default();
    let day = u32::try_from(stream.below(365)).unwrap_or_default();
    let date = NaiveDate::from_yo_opt(TOLD_IN - age, day + 1).unwrap_or_default();
    calendar.born(date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_seats_six() {
        for households in BLOCKS {
            let seats: usize = households.iter().map(|household| household.len()).sum();
            assert_eq!(seats, BLOCK);
            assert_eq!(place(households, BLOCK - 1).0, households.len() - 1);
        }
    }
}
