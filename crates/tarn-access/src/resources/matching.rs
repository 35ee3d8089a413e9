//! Finding who might be the one described (`$match`).

use std::collections::BTreeSet;

use tarn_audit::{Action, Outcome};
use tarn_model::{NhsNumber, PersonId, Precision, RequestContext, parse_fhir_date};
use tarn_record::{Demographics, PersonQuery};
use tarn_search::PatientKey;

use super::MOST_PEOPLE;
use super::admit::Admitted;
use super::score::{POSSIBLE, grade, score};
use super::search::Party;
use crate::inside::{Inside, entry};
use crate::{AccessError, Disclosed, MatchQuery, Narrowing, Resource, Scored};

/// Most people born on one day whose names are compared.
const MOST_BORN: usize = 500;

impl Inside {
    pub(crate) async fn match_people(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        query: &MatchQuery,
    ) -> Result<Disclosed<Vec<Scored>>, AccessError> {
        self.refuse_unless_role_may_search(ctx).await?;
        let mut likely = match narrowing.allows_whole_type("Patient") {
            true => self.likely(query).await?,
            false => Vec::new(),
        };
        likely.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        likely.truncate(MOST_PEOPLE);
        let people = likely.into_iter().map(|(person, _)| person).collect();
        let Party { admitted, refused } = self.party(ctx, narrowing, people, "a match").await?;
        let mut search = entry(ctx, None, Action::Search, Outcome::Permitted);
        search.note = Some("by description".to_owned());
        let mut rows = vec![search];
        rows.extend(refused);
        let mut found = Vec::new();
        for one in &admitted {
            // Anew, by no more than what the asker may see of who they are.
            // Local numbers tell where a protected person is, and are not compared for them.
            let numbers = !one.decided.restricted;
            let fits = self.best(query, one.person, &one.decided.demographics, numbers);
            let (score, said) = match fits.await? {
                Some(fits) if fits.0 >= POSSIBLE => fits,
                Some(_) | None => continue,
            };
            if query.only_certain && grade(score) != "certain" {
                continue;
            }
            if let Some(patient) = self.patient_of(one, &said).await? {
                rows.push(one.shown_row(ctx));
                found.push(Scored {
                    patient,
                    score,
                    grade: grade(score),
                });
            }
        }
        found.sort_by(|one, other| other.score.total_cmp(&one.score));
        found.truncate(query.limit.clamp(1, MOST_PEOPLE));
        let ticket = self.write_all(&rows).await?;
        Ok(Disclosed::new(found, ticket))
    }

    /// Everybody who may be the one described, with how well they fit by all that is held.
    async fn likely(&self, query: &MatchQuery) -> Result<Vec<(PersonId, f64)>, AccessError> {
        let mut people: BTreeSet<PersonId> = BTreeSet::new();
        if let Some(number) = &query.nhs_number {
            let number: NhsNumber = number.parse().map_err(|_| NO_NUMBER)?;
            people.extend(self.people_like(&PersonQuery::NhsNumber(number)).await?);
        }
        for key in identifier_keys(query).take(MOST_PEOPLE) {
            people.extend(self.people_with(&key).await?);
        }
        let born = query.birth_date.as_deref().and_then(parse_fhir_date);
        if let Some((born, Precision::Day)) = born {
            // Near names are compared among those who were born on the same day.
            let held = self.record.people_born_on(born, MOST_BORN).await;
            people.extend(held.map_err(AccessError::record)?);
        }
        people.remove(&PersonId::DIRECTORY);
        let mut likely = Vec::new();
        for person in people {
            let held = self.record.demographics(person).await;
            let held = held.map_err(AccessError::record)?;
            if let Some((score, _)) = self.best(query, person, &held, true).await?
                && score >= POSSIBLE
            {
                likely.push((person, score));
            }
        }
        Ok(likely)
    }

    /// How well a person fits by what one of their sources says, and which says so.
    async fn best(
        &self,
        query: &MatchQuery,
        person: PersonId,
        said: &[Demographics],
        numbers: bool,
    ) -> Result<Option<(f64, Demographics)>, AccessError> {
        let mut known = Vec::new();
        if numbers && !query.identifiers.is_empty() {
            let held = self.record.identifiers(person).await;
            known = held.map_err(AccessError::record)?;
        }
        let fits = said.iter().map(|said| {
            let same = known.iter().any(|(system, value, source)| {
                *source == said.source
                    && query.identifiers.contains(&(system.clone(), value.clone()))
            });
            (score(query, said, same), said.clone())
        });
        Ok(fits.max_by(|one, other| one.0.total_cmp(&other.0)))
    }

    /// The Patient resource of the source that says so, or else another that may be seen.
    async fn patient_of(
        &self,
        admitted: &Admitted,
        said: &Demographics,
    ) -> Result<Option<Resource>, AccessError> {
        let held = self
            .record
            .resources_page(
                admitted.person,
                &["Patient"],
                None,
                MOST_PEOPLE,
                &admitted.selection,
            )
            .await
            .map_err(AccessError::record)?;
        let mut held: Vec<_> = held
            .iter()
            .filter(|stored| admitted.allows(stored))
            .collect();
        held.sort_by_key(|stored| stored.source != said.source);
        Ok(held.first().and_then(|stored| admitted.present(stored)))
    }
}

fn identifier_keys(query: &MatchQuery) -> impl Iterator<Item = PatientKey> + '_ {
    query
        .identifiers
        .iter()
        .map(|(system, value)| PatientKey::Identifier {
            system: Some(system.clone()),
            value: value.clone(),
        })
}

const NO_NUMBER: AccessError = AccessError::Invalid {
    problem: "the NHS number is not valid",
};
