//! Whom a search is about, whether or not the asker may know of them.

use std::collections::BTreeSet;

use tarn_model::{PersonId, Realm, RequestContext, parse_fhir_date};
use tarn_record::PersonQuery;
use tarn_search::{Anchor, PatientKey, Search};

use super::MOST_PEOPLE;
use super::directory::{is_common, may_be_somebodys};
use crate::inside::Inside;
use crate::{AccessError, Narrowing};

impl Inside {
    /// Whether a search is about the directory: no condition names anybody, or the ids that it
    /// names are nobody's. A device may be somebody's and stands with them then; where one of the
    /// ids is, or is not there at all, the search is about people, and the same for both.
    pub(super) async fn is_of_directory(
        &self,
        ctx: &RequestContext,
        search: &Search,
        anchor: &Anchor,
    ) -> Result<bool, AccessError> {
        let kind = &search.resource_type;
        match anchor {
            Anchor::Directory => Ok(true),
            Anchor::Ids(ids) if may_be_somebodys(kind) => {
                let names: Vec<_> = ids.iter().map(|id| (kind.clone(), id.clone())).collect();
                let held = self.located(&names).await?;
                let nobodys = |held: &Option<(PersonId, String)>| {
                    held.as_ref()
                        .is_some_and(|(person, _)| *person == PersonId::DIRECTORY)
                };
                let nobodys = held.iter().all(nobodys);
                Ok(nobodys && self.directory_of(ctx).is_some())
            }
            Anchor::Ids(_) if is_common(kind) => Ok(true),
            Anchor::Ids(_)
            | Anchor::People(_)
            | Anchor::NameAndBirth { .. }
            | Anchor::Of(_)
            | Anchor::Nobody => Ok(false),
        }
    }

    /// The people that a search names, whether or not the asker may know of them.
    pub(super) async fn named(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        search: &Search,
        anchor: Anchor,
    ) -> Result<Vec<PersonId>, AccessError> {
        let mut people = BTreeSet::new();
        match anchor {
            Anchor::People(keys) => {
                if keys.len() > MOST_PEOPLE {
                    return Err(TOO_MANY);
                }
                for key in keys {
                    people.extend(self.people_with(&key).await?);
                }
            }
            Anchor::NameAndBirth {
                family,
                given,
                birth_date,
            } if search.resource_type == "Patient" => {
                let query = PersonQuery::NameAndBirth {
                    family,
                    given,
                    birth_date: parse_fhir_date(&birth_date).ok_or(NO_DAY)?.0,
                };
                people.extend(self.people_like(&query).await?);
            }
            Anchor::Ids(ids) => {
                let kind = &search.resource_type;
                let names = ids.into_iter().map(|id| (kind.clone(), id));
                people.extend(self.people_of(&names.collect::<Vec<_>>()).await?);
            }
            Anchor::Of(names) => people.extend(self.people_of(&names).await?),
            Anchor::Nobody if narrowing.patient.is_some() => {
                let patient = narrowing.patient.clone().unwrap_or_default();
                people.extend(self.people_with(&PatientKey::Id(patient)).await?);
            }
            Anchor::Nobody if ctx.actor.realm == Realm::Citizen => {
                if let Some(own) = ctx.actor.own_nhs_number {
                    people.extend(self.people_like(&PersonQuery::NhsNumber(own)).await?);
                }
            }
            Anchor::Nobody | Anchor::NameAndBirth { .. } | Anchor::Directory => {
                return Err(NOBODY_NAMED);
            }
        }
        people.remove(&PersonId::DIRECTORY);
        if !narrowing.allows_type(&search.resource_type) {
            people.clear();
        }
        if people.len() > MOST_PEOPLE {
            return Err(TOO_MANY);
        }
        Ok(people.into_iter().collect())
    }

    async fn people_of(&self, names: &[(String, String)]) -> Result<Vec<PersonId>, AccessError> {
        let held = self.located(names).await?.into_iter();
        Ok(held.flatten().map(|(person, _)| person).collect())
    }

    pub(super) async fn people_with(&self, key: &PatientKey) -> Result<Vec<PersonId>, AccessError> {
        let found = match key {
            PatientKey::Id(id) => {
                let held = self.located_one("Patient", id).await?;
                Ok(held.into_iter().map(|(person, _)| person).collect())
            }
            PatientKey::Identifier { system, value } => {
                self.record
                    .people_by_identifier(system.as_deref(), value, MOST_PEOPLE + 1)
                    .await
            }
        };
        found.map_err(AccessError::record)
    }

    pub(super) async fn people_like(
        &self,
        query: &PersonQuery,
    ) -> Result<Vec<PersonId>, AccessError> {
        self.record
            .find_people(query, MOST_PEOPLE + 1)
            .await
            .map_err(AccessError::record)
    }
}

const TOO_MANY: AccessError = AccessError::Invalid {
    problem: "more than 10 people fit: give the NHS number, or a first name as well",
};
const NO_DAY: AccessError = AccessError::Invalid {
    problem: "the date of birth is not a date",
};
const NOBODY_NAMED: AccessError = AccessError::Invalid {
    problem: "the search does not say whom it is about: records are searched one person at a time",
};
