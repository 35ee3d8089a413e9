use crate::{Locality, Organisation, Person};

/// Writes the locality's facts in one feed's format.
///
/// One implementation per format. A writer is given only what the organisation itself holds, and
/// never sees the other organisations' facts.
pub trait Writer {
    /// One message of the feed: a Bundle, an HL7 v2 message, a row, a letter.
    type Output;

    /// What the organisation says of itself: its people, places and partners. `None` where the
    /// format has no such message.
    fn directory(&self, locality: &Locality, organisation: &Organisation) -> Option<Self::Output>;

    /// What the organisation holds of one person; empty if it does not know them.
    fn person(
        &self,
        locality: &Locality,
        organisation: &Organisation,
        person: &Person,
    ) -> Vec<Self::Output>;
}
