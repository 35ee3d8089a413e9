use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use tarn_model::{Precision, Timestamp, parse_fhir_date};

/// The stories are told as if it were now 22 November 2026, 10:04.
const STORY_NOW: &str = "2026-11-22T10:04:00Z";
/// The part of a story, counted back from its now, whose distance from now is kept to the minute.
const RECENT_HOURS: i64 = 96;

/// A moment, as precise as the organisation recorded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The earliest moment it can mean.
    pub at: Timestamp,
    /// How much of it was recorded.
    pub precision: Precision,
}

impl Moment {
    /// As a FHIR `dateTime` (or `date`, if no time was recorded): `2026-11-22T10:04:00+00:00`.
    #[must_use]
    pub fn to_fhir(self) -> String {
        let at = self.at.to_utc();
        let format = match self.precision {
            Precision::Year => "%Y",
            Precision::Month => "%Y-%m",
            Precision::Day => "%Y-%m-%d",
            Precision::Time => "%Y-%m-%dT%H:%M:%S+00:00",
        };
        at.format(format).to_string()
    }

    /// As staff read a date: `22-Nov-2026`.
    #[must_use]
    pub fn to_words(self) -> String {
        self.at.to_utc().format("%d-%b-%Y").to_string()
    }

    /// The same day, without its time.
    #[must_use]
    pub fn day(self) -> Self {
        let midnight = self
            .at
            .to_utc()
            .date_naive()
            .and_time(chrono::NaiveTime::MIN);
        Self {
            at: Timestamp::from_utc(midnight.and_utc()),
            precision: match self.precision {
                Precision::Time | Precision::Day => Precision::Day,
                coarser => coarser,
            },
        }
    }
}

/// Moves the stories' dates so that they end now.
///
/// What happened in the last four days keeps its distance from now to the minute ("the call was
/// two hours ago"). What is older moves by whole days, so that clinics stay in the daytime; it
/// moves by no more than the recent part, so that the order of events never changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    now: Timestamp,
    exact: TimeDelta,
    days: TimeDelta,
}

impl Calendar {
    pub(crate) fn new(now: Timestamp) -> Self {
        let exact = now.to_utc() - story_now();
        let days = TimeDelta::days(exact.num_seconds().div_euclid(86_400));
        Self { now, exact, days }
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.now.to_utc().date_naive()
    }

    /// A story date as the story writes it: `2019`, `2019-05-08` or `2026-11-21T16:30`.
    pub(crate) fn on(&self, story: &str) -> Moment {
        let (told, precision) = read(story).unwrap_or((story_now(), Precision::Time));
        Moment {
            at: Timestamp::from_utc(self.moved(told)),
            precision,
        }
    }

    /// The day of a story moment that is told with its time.
    pub(crate) fn day(&self, story: &str) -> Moment {
        self.on(story).day()
    }

    /// A birth date. It moves by whole years only, so that people keep their birthdays.
    pub(crate) fn born(&self, year: i32, month: u32, day: u32) -> NaiveDate {
        let years = self.today().year() - story_now().year();
        NaiveDate::from_ymd_opt(year + years, month, day)
            .or_else(|| NaiveDate::from_ymd_opt(year + years, month, 28))
            .unwrap_or_else(|| self.today())
    }

    /// `days` before now, at `hour`:`minute`; before now in any case. For made-up lives.
    pub(crate) fn days_ago(&self, days: i64, hour: u32, minute: u32) -> Moment {
        let days = u64::try_from(days.max(1)).unwrap_or(1);
        let date = self.today().checked_sub_days(Days::new(days));
        let at = date
            .and_then(|date| date.and_hms_opt(hour, minute, 0))
            .map_or(self.now, |at| Timestamp::from_utc(at.and_utc()));
        Moment {
            at,
            precision: Precision::Time,
        }
    }

    fn moved(&self, told: DateTime<Utc>) -> DateTime<Utc> {
        let recent = story_now() - told < TimeDelta::hours(RECENT_HOURS);
        told + if recent { self.exact } else { self.days }
    }
}

fn read(story: &str) -> Option<(DateTime<Utc>, Precision)> {
    if let Ok(at) = NaiveDateTime::parse_from_str(story, "%Y-%m-%dT%H:%M") {
        return Some((at.and_utc(), Precision::Time));
    }
    let (at, precision) = parse_fhir_date(story)?;
    debug_assert!(precision != Precision::Time, "{story}");
    Some((at.to_utc(), precision))
}

fn story_now() -> DateTime<Utc> {
    STORY_NOW.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(now: &str) -> Calendar {
        Calendar::new(parse_fhir_date(now).unwrap().0)
    }

    #[test]
    fn told_at_its_own_now_a_story_does_not_move() {
        let told = calendar(STORY_NOW);
        let check = |story: &str, fhir: &str| assert_eq!(told.on(story).to_fhir(), fhir);
        check("2019", "2019");
        check("2019-05-08", "2019-05-08");
        check("2026-11-21T16:30", "2026-11-21T16:30:00+00:00");
        assert_eq!(told.day("2026-11-19T15:20").to_fhir(), "2026-11-19");
        assert_eq!(told.day("2026-11-19T15:20").to_words(), "19-Nov-2026");
    }

    #[test]
    fn the_last_days_keep_their_distance_and_older_ones_their_hour() {
        let night = calendar("2026-11-25T02:04:00Z");
        let call = night.on("2026-11-22T07:52").at;
        assert_eq!(night.now.seconds_since(call), 2 * 3600 + 12 * 60);
        let clinic = night.on("2026-11-12T09:30").to_fhir();
        assert_eq!(clinic, "2026-11-14T09:30:00+00:00");
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_events_never_changes(now in 1_500_000_000i64..2_500_000_000, a in 0i64..20_000, b in 0i64..20_000) {
            let calendar = Calendar::new(Timestamp::from_micros(now * 1_000_000));
            let told = |minutes: i64| story_now() - TimeDelta::minutes(minutes);
            let (early, late) = (a.max(b), a.min(b));
            assert!(calendar.moved(told(early)) <= calendar.moved(told(late)));
            assert!(calendar.moved(told(late)) <= calendar.now.to_utc());
        }
    }
}
