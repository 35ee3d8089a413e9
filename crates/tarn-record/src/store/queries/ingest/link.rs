//! The rule by which a Patient is linked to a person.
//!
//! An NHS number links only together with a date of birth that is exact enough and that no
//! Patient held for that person contradicts. A number without one is not believed:
//!
//! - If the number is held for somebody, the delivery is not taken. It could only be kept apart,
//!   where whoever reads that person's record would miss it and nobody would know.
//! - If the number is held for nobody, there is nobody to be mistaken for. The Patient becomes a
//!   person under its source's own key, and the number stays free. Whoever comes later with the
//!   number and a date of birth gets the number, and is not joined with the first one; nor is the
//!   first one found by it, by staff or by the citizen whose number it is. Once its own source
//!   gives the date of birth, it is joined as any other.
//! - A Patient that is linked stays linked when its source leaves the date of birth out, and the
//!   date that it gave before still counts against others.
//!
//! That somebody has died makes no difference. A reference links nobody: it says no date of birth
//! that could be compared.
//!
//! - One that names a Patient follows the Patient, whatever number stands beside the name. Before
//!   that Patient has arrived, what refers to it is kept for a person under the Patient's key.
//! - One that gives a number alone follows the number only where its source has a Patient of its
//!   own for whoever holds the number, since that Patient's date of birth was compared. Otherwise
//!   what refers so is kept for a person apart, under a key that is the source's own word for
//!   "whoever has this number", until such a Patient arrives: then all of it is theirs.

use tarn_model::{NhsNumber, OdsCode, PersonId};

use super::super::merge::is_merged;
use super::Connection;
use super::identity::Linking;
use super::keys::{
    Birth, Bound, Who, births, claim, has_patient, holder, is_patient_of, lock, number_of,
    set_birth,
};
use crate::store::matching::{birth_to_keep, births_agree, source_system, tells_apart};
use crate::{IngestError, PersonKeys, RecordError};

/// A key of one source's own.
pub(super) struct SourceKey {
    system: String,
    value: String,
}

impl Linking<'_, '_> {
    pub(super) async fn link_anew(
        &mut self,
        path: &str,
        keys: &PersonKeys,
    ) -> Result<PersonId, IngestError> {
        let Some(name) = &keys.source_ref else {
            return match keys.nhs_number {
                Some(number) => self.by_number(path, number).await,
                None => Ok(PersonId::DIRECTORY),
            };
        };
        let key = SourceKey::of_patient(self.delivery.source, name);
        let here = holder(self.connection, &key.system, &key.value).await?;
        match keys.is_patient {
            true => self.patient(path, keys, &key, here).await,
            false => self.reference(path, keys.nhs_number, &key, here).await,
        }
    }

    /// The person whom a reference names.
    async fn reference(
        &mut self,
        path: &str,
        number: Option<NhsNumber>,
        key: &SourceKey,
        here: Option<Bound>,
    ) -> Result<PersonId, IngestError> {
        let Some(here) = here else {
            // Whoever has the number may be another one: the Patient itself must say who it is.
            return self.make(&key.system, &key.value, None).await;
        };
        let Some(number) = number else {
            return Ok(here.person);
        };
        let there = holder(self.connection, NhsNumber::SYSTEM, number.as_str()).await?;
        let same = there.is_some_and(|there| there.person == here.person);
        if !same && number_of(self.connection, here.who()).await? {
            return Err(another_number(path));
        }
        Ok(here.person)
    }

    /// The person whom a reference names by a number alone.
    async fn by_number(&mut self, path: &str, number: NhsNumber) -> Result<PersonId, IngestError> {
        let source = self.delivery.source;
        match holder_known_to(self.connection, source, number).await? {
            Some(known) => {
                self.join_waiting(path, number, known).await?;
                Ok(known.person)
            }
            None => {
                let waiting = SourceKey::of_number(source, number);
                self.by_key(&waiting.system, &waiting.value).await
            }
        }
    }

    /// Joins what the source said of this number alone with the person, now that a Patient of its
    /// own is theirs. Where there is nothing yet the key is taken all the same, so that another
    /// delivery which looks at this very moment cannot keep something apart for good.
    async fn join_waiting(
        &mut self,
        path: &str,
        number: NhsNumber,
        who: Who,
    ) -> Result<(), IngestError> {
        let waiting = SourceKey::of_number(self.delivery.source, number);
        match holder(self.connection, &waiting.system, &waiting.value).await? {
            Some(bound) if bound.person != who.person => {
                // Whoever was merged with what waits would come along.
                if is_merged(self.connection, bound.person).await? {
                    return Err(merged(path));
                }
                self.join(bound.person, who).await
            }
            Some(_) => Ok(()),
            None => {
                let (system, value) = waiting.as_pair();
                Ok(claim(self.connection, system, value, who, None).await?)
            }
        }
    }

    /// The person who a Patient is.
    async fn patient(
        &mut self,
        path: &str,
        keys: &PersonKeys,
        key: &SourceKey,
        here: Option<Bound>,
    ) -> Result<PersonId, IngestError> {
        let Some(here) = here else {
            return self.new_patient(path, keys, key).await;
        };
        let was_somebody = here.birth.is_some() || self.is_somebody(here.who()).await?;
        if let Some(birth) = keys.birth_date {
            let others = births(self.connection, here.who(), Some(key.as_pair())).await?;
            agree(path, &[birth], &others)?;
            let kept = birth_to_keep(here.birth, birth);
            if here.birth != Some(kept) {
                set_birth(self.connection, &key.system, &key.value, kept).await?;
            }
        }
        let Some(number) = keys.nhs_number else {
            return Ok(here.person);
        };
        let there = holder(self.connection, NhsNumber::SYSTEM, number.as_str()).await?;
        if there.as_ref().is_some_and(|one| one.person == here.person) {
            return Ok(here.person);
        }
        lock(self.connection, here.person).await?;
        if number_of(self.connection, here.who()).await? {
            return Err(another_number(path));
        }
        if !keys.birth_date.is_some_and(tells_apart) {
            return match there {
                Some(there) if !was_somebody && self.is_somebody(there.who()).await? => {
                    Err(no_birth(path))
                }
                // Its own person, as before; the number links it with nobody.
                Some(_) | None => Ok(here.person),
            };
        }
        let who = match there {
            Some(there) => {
                if is_merged(self.connection, here.person).await? {
                    return Err(merged(path));
                }
                let own = births(self.connection, here.who(), None).await?;
                self.compare(path, &own, there.who()).await?;
                self.join(here.person, there.who()).await?;
                there.who()
            }
            None => {
                self.claim_number(number, here.who()).await?;
                here.who()
            }
        };
        self.join_waiting(path, number, who).await?;
        Ok(who.person)
    }

    async fn claim_number(&mut self, number: NhsNumber, who: Who) -> Result<(), IngestError> {
        let number = number.as_str();
        Ok(claim(self.connection, NhsNumber::SYSTEM, number, who, None).await?)
    }

    /// The person who a Patient is that was not held before.
    async fn new_patient(
        &mut self,
        path: &str,
        keys: &PersonKeys,
        key: &SourceKey,
    ) -> Result<PersonId, IngestError> {
        let birth = keys.birth_date;
        let there = match keys.nhs_number {
            Some(number) => holder(self.connection, NhsNumber::SYSTEM, number.as_str()).await?,
            None => None,
        };
        let exact = birth.filter(|birth| tells_apart(*birth));
        let who = match (exact, there) {
            (Some(exact), Some(there)) => {
                let who = there.who();
                self.compare(path, &[exact], who).await?;
                claim(self.connection, &key.system, &key.value, who, birth).await?;
                who
            }
            (None, Some(there)) if self.is_somebody(there.who()).await? => {
                return Err(no_birth(path));
            }
            (exact, _) => {
                let person = self.make(&key.system, &key.value, birth).await?;
                if let (Some(_), Some(number)) = (exact, keys.nhs_number) {
                    self.claim_number(number, Who::of(person)).await?;
                }
                Who::of(person)
            }
        };
        if let (Some(_), Some(number)) = (exact, keys.nhs_number) {
            self.join_waiting(path, number, who).await?;
        }
        Ok(who.person)
    }

    /// Whether anything but references says who this is.
    pub(super) async fn is_somebody(&mut self, who: Who) -> Result<bool, IngestError> {
        Ok(!births(self.connection, who, None).await?.is_empty()
            || has_patient(self.connection, who.person).await?)
    }

    /// Holds dates of birth against those of the person who has the number. A person of whom
    /// nothing else is held is whoever has the number.
    async fn compare(&mut self, path: &str, own: &[Birth], there: Who) -> Result<(), IngestError> {
        lock(self.connection, there.person).await?;
        let held = births(self.connection, there, None).await?;
        let comparable = held.iter().any(|birth| tells_apart(*birth));
        if !comparable && self.is_somebody(there).await? {
            return Err(IngestError::Identity {
                path: path.to_owned(),
                problem: "the NHS number is held for somebody whose date of birth is not known \
                          well enough to compare",
            });
        }
        agree(path, own, &held)
    }
}

/// Whoever holds the number, if this source has a Patient of its own of them that gave a date of
/// birth: only then a reference of its own follows the number.
pub(super) async fn holder_known_to(
    connection: &mut Connection,
    source: &OdsCode,
    number: NhsNumber,
) -> Result<Option<Who>, RecordError> {
    let Some(there) = holder(connection, NhsNumber::SYSTEM, number.as_str()).await? else {
        return Ok(None);
    };
    let system = source_system(source);
    let known = is_patient_of(connection, &system, there.person).await?;
    Ok(known.then_some(there.who()))
}

impl SourceKey {
    /// The key of a Patient that its source knows by `name`.
    pub(super) fn of_patient(source: &OdsCode, name: &str) -> Self {
        Self {
            system: source_system(source),
            value: format!("Patient/{name}"),
        }
    }

    /// The key of whoever a source means by a number alone. No Patient has such a key: what a
    /// source calls one comes after a slash.
    pub(super) fn of_number(source: &OdsCode, number: NhsNumber) -> Self {
        Self {
            system: source_system(source),
            value: format!(
                "Patient?identifier={}|{}",
                NhsNumber::SYSTEM,
                number.as_str()
            ),
        }
    }

    pub(super) fn into_pair(self) -> (String, String) {
        (self.system, self.value)
    }

    fn as_pair(&self) -> (&str, &str) {
        (&self.system, &self.value)
    }
}

/// A date of birth that another Patient of this person contradicts is not passed over: the two
/// may be different people. The same Patient may be corrected by its source.
fn agree(path: &str, said: &[Birth], held: &[Birth]) -> Result<(), IngestError> {
    let contradicts = |one: &Birth| held.iter().any(|other| !births_agree(*one, *other));
    if !said.iter().any(contradicts) {
        return Ok(());
    }
    Err(IngestError::Identity {
        path: path.to_owned(),
        problem: "the date of birth is not the one that is held for this NHS number",
    })
}

fn merged(path: &str) -> IngestError {
    IngestError::Identity {
        path: path.to_owned(),
        problem: "the patient is one of several who were merged, and is said to be somebody else \
                  now: take the merge back first",
    }
}

fn no_birth(path: &str) -> IngestError {
    IngestError::Identity {
        path: path.to_owned(),
        problem: "the NHS number is held for somebody, and without a date of birth (the year and \
                  the month at least) it links nobody",
    }
}

fn another_number(path: &str) -> IngestError {
    IngestError::Identity {
        path: path.to_owned(),
        problem: "the same patient is held with another NHS number",
    }
}
