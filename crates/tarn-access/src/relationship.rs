use tarn_model::Timestamp;
use tarn_record::{Demographics, Evidence, Relationship};

/// How long after a visit, stay or appointment an organisation still has to do with the person,
/// in days: letters are written, results come in, people ring back.
const AFTERCARE_DAYS: i64 = 90;

/// The strongest evidence that holds at `at`, if any does.
///
/// Registration and care team are stronger than a visit, since they last. A relationship that
/// starts later (an appointment next month) counts from 30 days before, so that a clinic can
/// prepare. A registration ends when a newer one is held: see [`crate::registration`].
pub(crate) fn current(
    relationships: &[Relationship],
    demographics: &[Demographics],
    at: Timestamp,
) -> Option<Evidence> {
    const DAY: i64 = 86_400;
    relationships
        .iter()
        .filter(|link| {
            link.evidence != Evidence::Registration
                || !crate::registration::has_ended(&link.organisation, demographics, at)
        })
        .filter(|link| {
            link.from
                .is_none_or(|from| from.plus_seconds(-30 * DAY) <= at)
        })
        .filter(|link| {
            let grace = match link.evidence {
                Evidence::Registration | Evidence::CareTeam => 0,
                Evidence::Encounter
                | Evidence::Appointment
                | Evidence::Referral
                | Evidence::Task => AFTERCARE_DAYS * DAY,
            };
            link.until
                .is_none_or(|until| at <= until.plus_seconds(grace))
        })
        .map(|link| link.evidence)
        .min_by_key(|evidence| match evidence {
            Evidence::Registration => 0,
            Evidence::CareTeam => 1,
            Evidence::Encounter => 2,
            Evidence::Appointment => 3,
            Evidence::Referral => 4,
            Evidence::Task => 5,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
    const DAY: i64 = 86_400;

    fn link(evidence: Evidence, from: Option<i64>, until: Option<i64>) -> Relationship {
        Relationship {
            organisation: "HUC01".parse().unwrap(),
            evidence,
            from: from.map(|days| NOW.plus_seconds(days * DAY)),
            until: until.map(|days| NOW.plus_seconds(days * DAY)),
        }
    }

    #[test]
    fn a_link_holds_while_it_lasts_and_for_its_aftercare() {
        let check = |evidence, from, until, holds: bool| {
            let found = current(&[link(evidence, from, until)], &[], NOW);
            assert_eq!(
                found.is_some(),
                holds,
                "{evidence:?} from {from:?} until {until:?}"
            );
        };
        check(Evidence::Registration, None, None, true);
        check(Evidence::Registration, None, Some(-1), false);
        check(Evidence::CareTeam, Some(-400), Some(-1), false);
        check(Evidence::Encounter, Some(-100), Some(-89), true);
        check(Evidence::Encounter, Some(-100), Some(-91), false);
        check(Evidence::Appointment, Some(29), Some(29), true);
        check(Evidence::Appointment, Some(31), Some(31), false);
    }

    #[test]
    fn the_lasting_link_is_named_first() {
        let links = [
            link(Evidence::Encounter, None, None),
            link(Evidence::Registration, None, None),
        ];
        assert_eq!(current(&links, &[], NOW), Some(Evidence::Registration));
    }
}
