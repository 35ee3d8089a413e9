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
//! That somebody has died makes no difference. A reference links nobody: it follows the Patient
//! that it names, or else the number in it.

use tarn_model::{NhsNumber, PersonId};

use super::super::merge::is_merged;
use super::identity::Linking;
use super::keys::{
    Birth, Bound, Who, births, claim, has_patient, holder, lock, number_of, set_birth,
};
use crate::store::matching::{birth_to_keep, births_agree, source_system, tells_apart};
use crate::{IngestError, PersonKeys};

/// The key by which a source's own Patient is linked.
struct SourceKey {
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
                Some(number) => self.by_key(NhsNumber::SYSTEM, number.as_str()).await,
                None => Ok(PersonId::DIRECTORY),
            };
        };
        let key = SourceKey {
            system: source_system(self.delivery.source),
            value: format!("Patient/{name}"),
        };
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
        let Some(number) = number else {
            return match here {
                Some(here) => Ok(here.person),
                None => self.make(&key.system, &key.value, None).await,
            };
        };
        let Some(here) = here else {
            // The source's key stays free: the Patient itself must say who it is.
            return self.by_key(NhsNumber::SYSTEM, number.as_str()).await;
        };
        let there = holder(self.connection, NhsNumber::SYSTEM, number.as_str()).await?;
        let same = there.is_some_and(|there| there.person == here.person);
        if !same && number_of(self.connection, here.who()).await? {
            return Err(another_number(path));
        }
        Ok(here.person)
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
            // Its own person, as before; the number links it with nobody.
            return Ok(here.person);
        }
        let Some(there) = there else {
            let number = number.as_str();
            let who = here.who();
            claim(self.connection, NhsNumber::SYSTEM, number, who, None).await?;
            return Ok(here.person);
        };
        if is_merged(self.connection, here.person).await? {
            return Err(IngestError::Identity {
                path: path.to_owned(),
                problem: "the patient is one of several who were merged, and is said to be \
                          somebody else now: take the merge back first",
            });
        }
        let own = births(self.connection, here.who(), None).await?;
        self.compare(path, &own, there.who()).await?;
        self.join(here.person, there.who()).await?;
        Ok(there.person)
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
        match (exact, there) {
            (Some(exact), Some(there)) => {
                let who = there.who();
                self.compare(path, &[exact], who).await?;
                claim(self.connection, &key.system, &key.value, who, birth).await?;
                Ok(there.person)
            }
            (None, Some(there)) if self.is_somebody(there.who()).await? => {
                Err(IngestError::Identity {
                    path: path.to_owned(),
                    problem: "the NHS number is held for somebody, and without a date of birth \
                              (the year and the month at least) it links nobody",
                })
            }
            (exact, _) => {
                let person = self.make(&key.system, &key.value, birth).await?;
                if let (Some(_), Some(number)) = (exact, keys.nhs_number) {
                    let number = number.as_str();
                    let who = Who::of(person);
                    claim(self.connection, NhsNumber::SYSTEM, number, who, None).await?;
                }
                Ok(person)
            }
        }
    }

    /// Whether anything but references says who this is.
    pub(super) async fn is_somebody(&mut self, who: Who) -> Result<bool, IngestError> {
        Ok(!births(self.connection, who, None).await?.is_empty()
            || has_patient(self.connection, who.person).await?)
    }

    /// Holds dates of birth against those of the person who has the number. A person whom only
    /// references have named so far is whoever has the number.
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

impl SourceKey {
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

fn another_number(path: &str) -> IngestError {
    IngestError::Identity {
        path: path.to_owned(),
        problem: "the same patient is held with another NHS number",
    }
}
