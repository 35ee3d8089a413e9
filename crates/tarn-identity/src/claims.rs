//! From verified claims to an actor, by the rules of each profile.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tarn_model::{Actor, Assurance, NhsNumber, OdsCode, Realm, Role};

use crate::{ClaimNames, IdentityError, Profile, Refusal, RelyingPartyConfig};

/// By which rules claims are read: the same for a sign-in and for an access token.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) realm: Realm,
    pub(crate) profile: &'a Profile,
    pub(crate) claims: &'a ClaimNames,
    pub(crate) roles: &'a BTreeMap<String, Role>,
}

impl<'a> From<&'a RelyingPartyConfig> for Rules<'a> {
    fn from(config: &'a RelyingPartyConfig) -> Self {
        Self {
            realm: config.realm,
            profile: &config.profile,
            claims: &config.claims,
            roles: &config.roles,
        }
    }
}

/// What the provider said: the ID token's claims, which are signed, before the user
/// information's.
pub(crate) struct Claims {
    pub(crate) id_token: Map<String, Value>,
    pub(crate) user_info: Map<String, Value>,
}

impl Claims {
    /// The actor that these claims describe.
    ///
    /// # Errors
    /// A [`Refusal`] if anything that the decision needs is missing: nothing is guessed.
    pub(crate) fn actor(&self, rules: Rules<'_>) -> Result<Actor, IdentityError> {
        let actor = match rules.profile {
            Profile::Generic => self.generic(rules),
            Profile::NhsLogin { vtr } => self.nhs_login(vtr),
            Profile::Cis2 { acr_values } => self.cis2(rules, acr_values),
        }?;
        if actor.realm == rules.realm {
            Ok(actor)
        } else {
            Err(IdentityError::Configuration {
                problem: "this profile does not serve this realm",
            })
        }
    }

    fn generic(&self, rules: Rules<'_>) -> Result<Actor, IdentityError> {
        let names = rules.claims;
        let assurance = self
            .text(&names.assurance)
            .and_then(|word| word.parse().ok())
            .unwrap_or(Assurance::Low);
        let user_id = self.needed(&names.user_id, "user id")?;
        let display_name = self.needed(&names.name, "name")?;
        match rules.realm {
            Realm::Staff => {
                let code = self.needed(&names.role, "role")?;
                let role = rules.roles.get(&code).copied();
                let role = role.or_else(|| code.parse().ok()).filter(staff_role);
                Ok(Actor {
                    realm: Realm::Staff,
                    user_id,
                    display_name,
                    role: role.ok_or(Refusal::UnknownRole)?,
                    organisation: Some(organisation(
                        &self.needed(&names.organisation, "organisation")?,
                    )?),
                    organisation_name: self.text(&names.organisation_name).map(str::to_owned),
                    assurance,
                    own_nhs_number: None,
                })
            }
            Realm::Citizen => Ok(Actor {
                realm: Realm::Citizen,
                user_id,
                display_name,
                role: Role::Citizen,
                organisation: None,
                organisation_name: None,
                assurance,
                own_nhs_number: match assurance {
                    Assurance::High => Some(self.nhs_number(&names.nhs_number)?),
                    Assurance::Low | Assurance::Medium => None,
                },
            }),
        }
    }

    /// `vot` comes from the ID token alone, since that is signed, and must satisfy one of the
    /// vectors that were asked for. Below P9 the NHS number is only claimed and is left out.
    fn nhs_login(&self, vtr: &[String]) -> Result<Actor, IdentityError> {
        let vot =
            self.id_token
                .get("vot")
                .and_then(Value::as_str)
                .ok_or(Refusal::MissingClaim {
                    claim: "identity proofing level",
                })?;
        if !vtr.iter().any(|asked| satisfies(vot, asked)) {
            return Err(Refusal::TooWeak.into());
        }
        let assurance = match proofing(vot) {
            Some(9) => Assurance::High,
            Some(5) => Assurance::Medium,
            _ => Assurance::Low,
        };
        let names = [self.text("given_name"), self.text("family_name")];
        let display_name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
        Ok(Actor {
            realm: Realm::Citizen,
            user_id: self.needed("sub", "user id")?,
            // At P0 NHS login gives no name.
            display_name: if display_name.is_empty() {
                "NHS login user".to_owned()
            } else {
                display_name
            },
            role: Role::Citizen,
            organisation: None,
            organisation_name: None,
            assurance,
            own_nhs_number: match assurance {
                Assurance::High => Some(self.nhs_number("nhs_number")?),
                Assurance::Low | Assurance::Medium => None,
            },
        })
    }

    fn cis2(&self, rules: Rules<'_>, acr_values: &[String]) -> Result<Actor, IdentityError> {
        let level = self.cis2_level()?;
        let least = acr_values.iter().filter_map(|acr| lowest_level(acr)).min();
        if least.is_some_and(|least| level < least) {
            return Err(Refusal::TooWeak.into());
        }
        let chosen = self
            .id_token
            .get("selected_roleid")
            .and_then(Value::as_str)
            .ok_or(Refusal::NoRoleChosen)?;
        let profile = self
            .list("nhsid_nrbac_roles")
            .find(|profile| member(profile, "person_roleid") == Some(chosen))
            .ok_or(Refusal::NoRoleChosen)?;
        let triple = member(profile, "role_code").ok_or(Refusal::MissingClaim { claim: "role" })?;
        let job = triple.rsplit(':').next().unwrap_or(triple);
        let role = rules.roles.get(triple).or_else(|| rules.roles.get(job));
        let code = member(profile, "org_code").ok_or(Refusal::MissingClaim {
            claim: "organisation",
        })?;
        let organisation_name = self
            .list("nhsid_user_orgs")
            .find(|one| member(one, "org_code") == Some(code))
            .and_then(|one| member(one, "org_name"))
            .map(str::to_owned);
        let name = self.text("display_name").or_else(|| self.text("name"));
        Ok(Actor {
            realm: Realm::Staff,
            user_id: self.needed("nhsid_useruid", "user id")?,
            display_name: name
                .ok_or(Refusal::MissingClaim { claim: "name" })?
                .to_owned(),
            role: role
                .copied()
                .filter(staff_role)
                .ok_or(Refusal::UnknownRole)?,
            organisation: Some(organisation(code)?),
            organisation_name,
            assurance: match level {
                0 => Assurance::Low,
                1 => Assurance::Medium,
                _ => Assurance::High,
            },
            own_nhs_number: None,
        })
    }

    /// The authentication assurance level: what `acr` names, and never more than
    /// `authentication_assurance_level` says.
    fn cis2_level(&self) -> Result<u8, Refusal> {
        let acr = self.id_token.get("acr").and_then(Value::as_str);
        let named = acr.and_then(lowest_level).ok_or(Refusal::MissingClaim {
            claim: "authentication level",
        })?;
        let said = match self.id_token.get("authentication_assurance_level") {
            Some(Value::Number(level)) => level.to_string().parse().ok(),
            Some(Value::String(level)) => level.parse().ok(),
            _ => None,
        };
        Ok(said.map_or(named, |said: u8| said.min(named)))
    }

    fn text(&self, name: &str) -> Option<&str> {
        [&self.id_token, &self.user_info]
            .into_iter()
            .find_map(|claims| claims.get(name))
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty())
    }

    fn needed(&self, name: &str, claim: &'static str) -> Result<String, Refusal> {
        self.text(name)
            .filter(|text| text.len() <= 256)
            .map(str::to_owned)
            .ok_or(Refusal::MissingClaim { claim })
    }

    fn nhs_number(&self, name: &str) -> Result<NhsNumber, Refusal> {
        let missing = Refusal::MissingClaim {
            claim: "NHS number",
        };
        self.text(name)
            .and_then(|text| text.parse().ok())
            .ok_or(missing)
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        [&self.id_token, &self.user_info]
            .into_iter()
            .filter_map(move |claims| claims.get(name)?.as_array())
            .flatten()
    }
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn organisation(code: &str) -> Result<OdsCode, Refusal> {
    code.parse().map_err(|_| Refusal::MissingClaim {
        claim: "organisation",
    })
}

/// A staff provider cannot make somebody a citizen.
fn staff_role(role: &Role) -> bool {
    *role != Role::Citizen
}

/// Whether the vector that came back has every component of the one that was asked for; a
/// higher identity proofing level counts for a lower one.
fn satisfies(vot: &str, asked: &str) -> bool {
    asked.split('.').all(|wanted| match proofing(wanted) {
        Some(least) => proofing(vot).is_some_and(|level| level >= least),
        None => vot.split('.').any(|given| given == wanted),
    })
}

/// The `P` component of a vector of trust.
fn proofing(vector: &str) -> Option<u8> {
    vector
        .split('.')
        .find_map(|part| part.strip_prefix('P')?.parse().ok())
}

/// The lowest `AALn` that a CIS2 `acr` value names.
fn lowest_level(acr: &str) -> Option<u8> {
    acr.split('_')
        .filter_map(|part| part.strip_prefix("AAL")?.parse().ok())
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_must_have_all_that_was_asked_for() {
        let check = |vot, asked, expected| assert_eq!(satisfies(vot, asked), expected, "{vot}");
        check("P9.Cp.Cd", "P9.Cp.Cd", true);
        check("P9.Cm", "P5.Cm", true);
        check("P5.Cp.Cd", "P9.Cp.Cd", false);
        check("P9.Cp", "P9.Cp.Cd", false);
        check("P0.Cp", "P5.Cp", false);
        check("", "P9.Cp", false);
        check("Cp.Cd", "P9.Cp.Cd", false);
    }

    #[test]
    fn the_lowest_level_named_counts() {
        let check = |acr, expected| assert_eq!(lowest_level(acr), expected, "{acr}");
        check("AAL3_ANY", Some(3));
        check("AAL2_OR_AAL3_ANY", Some(2));
        check("AAL1_USERPASS", Some(1));
        check("silver", None);
    }
}
