//! The people whose records are told on purpose, each to show one thing that matters.

mod children;
mod edie;
mod edie_letters;
mod edie_past;
mod identity;
pub(crate) mod known;
mod medicines;
mod mind;
pub(crate) mod tale;
mod teams;
mod ward;

pub(crate) use tale::{Tale, address, name};

use crate::calendar::Calendar;

/// A story and how to tell it.
pub(crate) struct Story {
    /// The name used by tests, documents and commands.
    pub(crate) short_name: &'static str,
    /// What the record shows, in one line.
    pub(crate) shows: &'static str,
    /// When and how the person objected to sharing.
    pub(crate) objected: Option<(&'static str, &'static str)>,
    /// Tells it.
    pub(crate) tell: fn(&Calendar) -> Tale,
}

const fn story(
    short_name: &'static str,
    tell: fn(&Calendar) -> Tale,
    shows: &'static str,
) -> Story {
    Story {
        short_name,
        shows,
        objected: None,
        tell,
    }
}

/// Every story, in the order of their people. New ones go to the end, so that nobody's NHS
/// number changes.
pub(crate) const STORIES: &[Story] = &[
    story(
        "story-person",
        edie::tell,
        "Home from hospital three days, more breathless; her GP and hospital lists differ.",
    ),
    Story {
        objected: Some(("2026-06-01T10:12", "portal")),
        ..story(
            "opted-out",
            identity::opted_out,
            "He has chosen not to share his record; nothing of it shows.",
        )
    },
    story(
        "in-hospital",
        ward::in_hospital,
        "In hospital now, on ward J12; his GP can see since when and until when.",
    ),
    story(
        "restricted-address",
        identity::restricted_address,
        "Her address is protected; one organisation still sends it, and no page shows it.",
    ),
    story(
        "twin-a",
        children::twin_a,
        "Her twin has the same birthday, address and surname, and another record.",
    ),
    story(
        "twin-b",
        children::twin_b,
        "Her twin has the same birthday, address and surname, and another record.",
    ),
    story(
        "name-change",
        identity::name_change,
        "Married and changed her name; the hospital still knows the old one.",
    ),
    story(
        "deceased",
        identity::deceased,
        "Died in spring; one organisation has not heard and still has a visit booked.",
    ),
    story(
        "safeguarded-child",
        children::safeguarded_child,
        "A child under a protection plan, with visits to many services in a few weeks.",
    ),
    story(
        "safeguarded-parent",
        children::safeguarded_parent,
        "The child’s mother; the same address, her own record.",
    ),
    story(
        "gp-not-joined",
        identity::gp_not_joined,
        "Her practice has not joined, so the record has no GP part and says so.",
    ),
    story(
        "insulin-stopped",
        ward::insulin_stopped,
        "Going home soon; why his insulin was stopped is in the diabetes nurse’s notes.",
    ),
    story(
        "package-paused",
        ward::package_paused,
        "Her care at home is paused while she is in hospital.",
    ),
    story(
        "not-answering",
        teams::not_answering,
        "Not answering her door: who visited last, who has a key, what matters to her.",
    ),
    story(
        "antiplatelets",
        medicines::antiplatelets,
        "Takes two antiplatelets; why, and until when, is on the line.",
    ),
    story(
        "crisis-plan",
        mind::crisis_plan,
        "Has a crisis plan and a care coordinator; the mental health feed does not answer now.",
    ),
    story(
        "already-known",
        teams::already_known,
        "Three services know her already, so a fourth referral is not needed.",
    ),
    story(
        "many-medicines",
        medicines::many_medicines,
        "Fourteen medicines to reconcile against three lists on admission.",
    ),
    story(
        "sensitive-entry",
        mind::sensitive_entry,
        "Has sexual health entries that most roles are not shown.",
    ),
    story(
        "interpreter",
        teams::interpreter,
        "Needs an interpreter; two missed clinics were letters in the wrong language.",
    ),
    story(
        "virtual-ward",
        ward::virtual_ward,
        "Looked after at home by the hospital team, with readings each day.",
    ),
];
