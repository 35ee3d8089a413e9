//! Protecting where a person can be found (PDS S-flag).
//!
//! When any source marks a person as restricted, what tells where they are is taken out of
//! everything, whichever source sent it and whatever it forgot to mark: address, their own
//! telephone numbers, the registered practice, places of visits, free text and documents.

use tarn_model::{Heading, Label};
use tarn_record::{Demographics, Line};

/// Takes the location out of what sources say of who the person is.
pub(crate) fn protect_demographics(said: &mut Demographics) {
    said.addresses.clear();
    said.contacts.clear();
    said.registered_gp = None;
    said.registered_gp_name = None;
    for (_, _, telephone) in &mut said.next_of_kin {
        *telephone = None;
    }
}

/// Takes the location out of lines, and withholds those that are mostly location or free text:
/// documents, appointments to come, and anything labelled as location.
pub(crate) fn protect_lines(lines: &mut Vec<Line>) {
    lines.retain(|line| {
        !line.labels.contains(Label::Location)
            && !matches!(line.heading, Heading::Documents | Heading::Appointments)
    });
    for line in lines {
        line.detail.place = None;
        line.detail.text = None;
        if !line.detail.telephone_is_service {
            line.detail.telephone = None;
        }
    }
}
