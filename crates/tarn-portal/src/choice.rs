//! What a choice would change, in counts of real things.

use tarn_access::Preview;
use tarn_model::{Heading, Role};
use tarn_web::list;

use crate::words;

/// The roles that a person can look through: the word for the address, and what the link says.
pub(crate) const LOOKS: &[(Role, &str)] = &[
    (Role::EdDoctor, "A&E doctor"),
    (Role::Gp, "Your GP"),
    (Role::CommunityNurse, "District nurse"),
    (Role::Ambulance, "Ambulance crew"),
];

/// The role of an address's word; the A&E doctor for anything else.
pub(crate) fn look(word: &str) -> Role {
    LOOKS
        .iter()
        .map(|(role, _)| *role)
        .find(|role| role.word() == word)
        .unwrap_or(Role::EdDoctor)
}

/// One line of the preview: a heading, what is seen now and what would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) heading: String,
    pub(crate) now: usize,
    pub(crate) then: usize,
    /// `"none, 8 fewer"`, `"8, 8 more"` or `"no change"`.
    pub(crate) words: String,
}

impl Change {
    pub(crate) fn is_change(&self) -> bool {
        self.now != self.then
    }
}

/// Every heading that is seen now or would be, in the pages' order. `sharing_now` says which of
/// the two states of the preview is today's.
pub(crate) fn changes(preview: &Preview, sharing_now: bool) -> Vec<Change> {
    counts(preview, sharing_now)
        .into_iter()
        .map(|(heading, now, then)| Change {
            heading: words::heading_title(heading),
            now,
            then,
            words: difference(now, then),
        })
        .collect()
}

/// What it could mean, as a sentence: `"An A&E doctor would not see your 2 allergies …"`. `None`
/// if nothing would change for that role.
pub(crate) fn consequence(preview: &Preview, sharing_now: bool) -> Option<String> {
    let changed: Vec<String> = counts(preview, sharing_now)
        .into_iter()
        .filter(|(_, now, then)| now != then)
        .map(|(heading, now, then)| words::counted(heading, now.abs_diff(then)))
        .collect();
    let somebody = words::somebody(preview.role);
    let things = list(&changed);
    match (changed.is_empty(), sharing_now) {
        (true, _) => None,
        (false, true) => Some(format!(
            "{somebody} would not see your {things} in this record. You would need to tell them yourself."
        )),
        (false, false) => Some(format!(
            "{somebody} who is caring for you could see your {things}."
        )),
    }
}

/// What is said of the allergies, whatever else changes: they matter first.
pub(crate) fn allergies(preview: &Preview, sharing_now: bool) -> Option<String> {
    let (_, now, then) = counts(preview, sharing_now)
        .into_iter()
        .find(|(heading, ..)| *heading == Heading::Allergies)?;
    (now == then && now > 0).then(|| {
        let words = words::counted(Heading::Allergies, now);
        format!("Your {words} would still be seen.")
    })
}

fn counts(preview: &Preview, sharing_now: bool) -> Vec<(Heading, usize, usize)> {
    let of = |list: &[(Heading, usize)], heading: Heading| {
        list.iter()
            .filter(|(each, _)| *each == heading)
            .map(|(_, number)| *number)
            .sum::<usize>()
    };
    let (now, then) = if sharing_now {
        (&preview.sharing, &preview.opted_out)
    } else {
        (&preview.opted_out, &preview.sharing)
    };
    Heading::ALL
        .iter()
        .map(|heading| (*heading, of(now, *heading), of(then, *heading)))
        .filter(|(_, now, then)| *now > 0 || *then > 0)
        .collect()
}

fn difference(now: usize, then: usize) -> String {
    match (now, then) {
        _ if now == then => "no change".to_owned(),
        (_, 0) => format!("none, {now} fewer"),
        _ if then < now => format!("{then}, {} fewer", now - then),
        _ => format!("{then}, {} more", then - now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview() -> Preview {
        Preview {
            role: Role::EdDoctor,
            sharing: vec![
                (Heading::Allergies, 2),
                (Heading::Medicines, 8),
                (Heading::Alerts, 1),
            ],
            opted_out: vec![(Heading::Alerts, 1)],
            not_answering: Vec::new(),
        }
    }

    #[test]
    fn opting_out_is_told_in_counts_of_real_things() {
        let words = consequence(&preview(), true)
            .unwrap()
            .replace('\u{a0}', " ");
        assert_eq!(
            words,
            "An A&E doctor would not see your 2 allergies and 8 medicines in this record. \
             You would need to tell them yourself."
        );
        let rows = changes(&preview(), true);
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.heading.as_str(), row.words.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("Alerts", "no change"),
                ("Allergies", "none, 2 fewer"),
                ("Medicines", "none, 8 fewer")
            ]
        );
        assert_eq!(allergies(&preview(), true), None);
    }

    #[test]
    fn opting_in_again_is_told_the_same_way() {
        let words = consequence(&preview(), false)
            .unwrap()
            .replace('\u{a0}', " ");
        assert_eq!(
            words,
            "An A&E doctor who is caring for you could see your 2 allergies and 8 medicines."
        );
        assert!(
            changes(&preview(), false)
                .iter()
                .any(|row| row.words == "8, 8 more")
        );
    }

    #[test]
    fn where_nothing_changes_nothing_is_claimed() {
        let same = Preview {
            opted_out: preview().sharing,
            ..preview()
        };
        assert_eq!(consequence(&same, true), None);
        let kept = allergies(&same, true).unwrap().replace('\u{a0}', " ");
        assert_eq!(kept, "Your 2 allergies would still be seen.");
    }

    #[test]
    fn an_odd_word_looks_through_the_ae_doctor() {
        assert_eq!(look("gp"), Role::Gp);
        for odd in ["", "operator", "<x>"] {
            assert_eq!(look(odd), Role::EdDoctor);
        }
    }
}
