//! SMART scopes as a set that can be asked, joined by nothing and narrowed by other sets.

mod word;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(crate) use word::is_type_name;
pub use word::{Interaction, Restriction, ScopeError, ScopeLevel, SessionScope};
use word::{Target, parse_word};

use word::Interactions;

/// The longest scope text that is read, in bytes.
const LONGEST_BYTES: usize = 4096;
/// The most words that a scope text may have.
const MOST_WORDS: usize = 100;

/// What a token was granted: clinical scopes (`user/Observation.rs`) and, apart from them, the
/// words about the session (`openid`, `launch`, …), which open nothing.
///
/// Printing gives SMART v2 text in one order; reading that text gives the same set again.
///
/// Source: SMART App Launch 2.2, "Scopes and Launch Context"; version 1 forms are translated.
///
/// # Example
/// ```
/// use tarn_identity::{Interaction, ScopeLevel, ScopeSet};
///
/// let scopes: ScopeSet = "openid user/Observation.rs user/Patient.read".parse()?;
/// assert!(scopes.allows(ScopeLevel::User, "Observation", Interaction::Search));
/// assert!(!scopes.allows(ScopeLevel::User, "Observation", Interaction::Update));
/// assert!(!scopes.allows(ScopeLevel::Patient, "Observation", Interaction::Read));
/// assert_eq!(scopes.to_string(), "user/Observation.rs user/Patient.rs openid");
/// # Ok::<(), tarn_identity::ScopeError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ScopeSet {
    clinical: BTreeMap<Target, Interactions>,
    session: BTreeSet<SessionScope>,
}

/// The answer of [`ScopeSet::permission`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission<'a> {
    /// No scope covers the interaction.
    Refused,
    /// Covered only for resources that match at least one of these searches. Who cannot apply
    /// them must treat this as [`Permission::Refused`].
    Within(Vec<&'a Restriction>),
    /// Covered for every resource of the type.
    Granted,
}

impl ScopeSet {
    /// What an authorisation server granted, as a resource server reads it: a word that is not
    /// understood gives nothing. A restriction that is not understood takes its whole scope with
    /// it, so that leaving a word out can only narrow.
    ///
    /// # Errors
    /// [`ScopeError::TooLong`].
    pub fn granted(text: &str) -> Result<Self, ScopeError> {
        let mut set = Self::default();
        for word in words(text)? {
            // Refused words are left out on purpose: see above.
            let _ = set.add(word);
        }
        Ok(set)
    }

    /// Whether the interaction is covered for every resource of the type.
    ///
    /// A scope with a search restriction does not make this true: use [`ScopeSet::permission`]
    /// where restrictions can be applied.
    #[must_use]
    pub fn allows(&self, level: ScopeLevel, resource_type: &str, interaction: Interaction) -> bool {
        matches!(
            self.permission(level, resource_type, interaction),
            Permission::Granted
        )
    }

    /// Whether and within which searches the interaction is covered.
    #[must_use]
    pub fn permission(
        &self,
        level: ScopeLevel,
        resource_type: &str,
        interaction: Interaction,
    ) -> Permission<'_> {
        let mut within = Vec::new();
        for (target, interactions) in &self.clinical {
            if !target.covers(level, resource_type) || !interactions.has(interaction) {
                continue;
            }
            match &target.restriction {
                None => return Permission::Granted,
                Some(restriction) => within.push(restriction),
            }
        }
        if within.is_empty() {
            Permission::Refused
        } else {
            Permission::Within(within)
        }
    }

    /// What of this set `limit` allows too; both sets' restrictions stay.
    ///
    /// Words about the session stay if both have them.
    #[must_use]
    pub fn within(&self, limit: &Self) -> Self {
        let mut set = Self {
            session: self.session.intersection(&limit.session).copied().collect(),
            ..Self::default()
        };
        for (target, interactions) in &self.clinical {
            for (other, allowed) in &limit.clinical {
                let both = interactions.and(*allowed);
                if let (Some(target), false) = (target.and(other), both.is_empty()) {
                    set.insert(target, both);
                }
            }
        }
        set
    }

    /// Only the scopes of one level, with the words about the session.
    #[must_use]
    pub fn of_level(&self, level: ScopeLevel) -> Self {
        let of_level = |(target, _): &(&Target, &Interactions)| target.level == level;
        let clinical = self.clinical.iter().filter(of_level);
        Self {
            clinical: clinical.map(|(to, what)| (to.clone(), *what)).collect(),
            session: self.session.clone(),
        }
    }

    /// Whether a word about the session is in the set.
    #[must_use]
    pub fn has(&self, scope: SessionScope) -> bool {
        self.session.contains(&scope)
    }

    /// Whether any clinical scope is in the set.
    #[must_use]
    pub fn is_clinical(&self) -> bool {
        !self.clinical.is_empty()
    }

    fn add(&mut self, word: &str) -> Result<(), ScopeError> {
        if let Some(scope) = SessionScope::from_word(word) {
            self.session.insert(scope);
        } else {
            let (target, interactions) = parse_word(word)?;
            self.insert(target, interactions);
        }
        Ok(())
    }

    fn insert(&mut self, target: Target, interactions: Interactions) {
        let held = self.clinical.entry(target).or_default();
        *held = held.or(interactions);
    }
}

/// The words of a scope text: one space between them (RFC 6749 §3.3); more do no harm.
fn words(text: &str) -> Result<impl Iterator<Item = &str>, ScopeError> {
    let words = || text.split(' ').filter(|word| !word.is_empty());
    if text.len() > LONGEST_BYTES || words().count() > MOST_WORDS {
        return Err(ScopeError::TooLong);
    }
    Ok(words())
}

/// Reads a scope text of which every word must be understood, as an authorisation server does.
impl std::str::FromStr for ScopeSet {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let mut set = Self::default();
        for word in words(text)? {
            set.add(word)?;
        }
        Ok(set)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clinical = self.clinical.iter();
        let clinical = clinical.map(|(target, interactions)| target.print(*interactions));
        let session = self.session.iter().map(|scope| scope.word().to_owned());
        let words: Vec<String> = clinical.chain(session).collect();
        f.write_str(&words.join(" "))
    }
}

/// Without the restrictions: those may name a person.
impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clinical = self.clinical.iter();
        let clinical = clinical.map(|(target, interactions)| target.sketch(*interactions));
        f.debug_set()
            .entries(clinical)
            .entries(&self.session)
            .finish()
    }
}
