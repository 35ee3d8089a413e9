//! When people looked: a line per organisation over the last 30 days, as SVG geometry.

use chrono::{Days, NaiveDate};

use crate::visits::Visit;

/// Width of the drawing, in its own units.
const WIDTH: i64 = 960;
/// Height of one organisation's line.
const LANE: i64 = 44;
/// How many days are drawn.
pub(crate) const DAYS: u64 = 30;

/// The drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chart {
    pub(crate) height: i64,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) axis_y: i64,
    pub(crate) first: String,
    pub(crate) middle: String,
}

/// One organisation's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) name_y: i64,
    pub(crate) y: i64,
    pub(crate) dots: Vec<Dot>,
    pub(crate) refused: Vec<Cross>,
}

/// A day on which people looked; a bigger dot means more people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dot {
    pub(crate) x: i64,
    pub(crate) radius: i64,
    pub(crate) words: String,
}

/// A day on which attempts were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cross {
    pub(crate) x: i64,
    pub(crate) y: i64,
    pub(crate) words: String,
}

impl Chart {
    /// Draws the cards of the last 30 days up to `today`; `None` if there are none.
    pub(crate) fn of(cards: &[Visit], today: NaiveDate) -> Option<Self> {
        let first = first_day(today);
        let mut lanes: Vec<Lane> = Vec::new();
        for card in cards
            .iter()
            .filter(|card| card.day >= first && card.day <= today)
        {
            let at = lanes.iter().position(|lane| lane.name == card.organisation);
            let at = at.unwrap_or_else(|| {
                lanes.push(Lane::new(&card.organisation, lanes.len()));
                lanes.len() - 1
            });
            if let Some(lane) = lanes.get_mut(at) {
                lane.draw(card, first);
            }
        }
        let axis_y = i64::try_from(lanes.len()).ok()? * LANE + 18;
        (!lanes.is_empty()).then(|| Self {
            height: axis_y + 8,
            lanes,
            axis_y,
            first: first.format("%-d %B").to_string(),
            middle: (first + Days::new(DAYS / 2)).format("%-d %B").to_string(),
        })
    }
}

/// The first of the 30 days that end `today`.
pub(crate) fn first_day(today: NaiveDate) -> NaiveDate {
    today - Days::new(DAYS)
}

impl Lane {
    fn new(name: &str, number: usize) -> Self {
        let top = i64::try_from(number).unwrap_or_default() * LANE;
        Self {
            name: name.to_owned(),
            name_y: top + 14,
            y: top + 28,
            dots: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn draw(&mut self, card: &Visit, first: NaiveDate) {
        let days = card.day.signed_duration_since(first).num_days();
        let x = (10 + days * (WIDTH - 20) / 30).clamp(10, WIDTH - 10);
        let day = card.day.format("%-d %B");
        if card.refused {
            let y = self.y + 14;
            self.refused.push(Cross {
                x,
                y,
                words: format!("{} refused", card.steps.len()),
            });
        } else {
            let people = i64::try_from(card.people()).unwrap_or(i64::MAX);
            let words = format!("{day}: {}", tarn_web::count(people, "person", "people"));
            self.dots.push(Dot {
                x,
                radius: 4 + people.min(4),
                words,
            });
        }
    }
}
