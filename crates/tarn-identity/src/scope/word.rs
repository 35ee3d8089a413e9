//! One word of a scope text.

use std::fmt;

use openidconnect::url::form_urlencoded;

/// Whose data a clinical scope is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeLevel {
    /// The one person in context: a citizen's own record.
    Patient,
    /// Whatever the signed-in user may see.
    User,
    /// Whatever the client itself may see, without a user.
    System,
}

/// What is done with a resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interaction {
    /// `c`: create.
    Create,
    /// `r`: read, version read, history of one resource.
    Read,
    /// `u`: update and patch.
    Update,
    /// `d`: delete.
    Delete,
    /// `s`: search, history of a type.
    Search,
}

/// A word that is about the session and opens no clinical data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionScope {
    /// `openid`
    OpenId,
    /// `profile`
    Profile,
    /// `fhirUser`
    FhirUser,
    /// `launch`
    Launch,
    /// `launch/patient`
    LaunchPatient,
    /// `launch/encounter`
    LaunchEncounter,
    /// `online_access`
    OnlineAccess,
    /// `offline_access`
    OfflineAccess,
}

/// A search that narrows a scope: all of its parameters must match.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Restriction {
    parameters: Vec<(String, String)>,
}

/// Why a scope word gives nothing. No text holds the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// The text has more than 4,096 bytes or 100 words.
    #[error("the scope is too long")]
    TooLong,
    /// Neither a clinical scope nor a word about the session.
    #[error("a scope is not known")]
    Unknown,
    /// The part after the dot is neither `cruds` in that order nor of version 1.
    #[error("a scope's interactions are not known")]
    Interactions,
    /// The search restriction is none that could be applied.
    #[error("a scope's search restriction is not known")]
    Restriction,
}

/// What a clinical scope is about: `user/Observation`, and a restriction if it has one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) level: ScopeLevel,
    /// `None` stands for `*`.
    resource_type: Option<String>,
    pub(super) restriction: Option<Restriction>,
}

/// A set of interactions, as bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Interactions(u8);

impl ScopeLevel {
    /// The word before the slash.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

impl Interaction {
    /// Every interaction, in the order that SMART demands.
    pub const ALL: [Self; 5] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::Search,
    ];

    /// The letter after the dot.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Create => 'c',
            Self::Read => 'r',
            Self::Update => 'u',
            Self::Delete => 'd',
            Self::Search => 's',
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Create => 1,
            Self::Read => 2,
            Self::Update => 4,
            Self::Delete => 8,
            Self::Search => 16,
        }
    }
}

impl SessionScope {
    const ALL: [Self; 8] = [
        Self::OpenId,
        Self::Profile,
        Self::FhirUser,
        Self::Launch,
        Self::LaunchPatient,
        Self::LaunchEncounter,
        Self::OnlineAccess,
        Self::OfflineAccess,
    ];

    /// The word itself.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::FhirUser => "fhirUser",
            Self::Launch => "launch",
            Self::LaunchPatient => "launch/patient",
            Self::LaunchEncounter => "launch/encounter",
            Self::OnlineAccess => "online_access",
            Self::OfflineAccess => "offline_access",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

impl Restriction {
    /// Name and value of each search parameter, decoded, in the scope's order.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads what stands after the question mark.
    ///
    /// Modifiers, chains and result parameters (`_include`, `_count`, …) are refused: they would
    /// mean something else than "only these".
    fn parse(query: &str) -> Result<Self, ScopeError> {
        let mut parameters = Vec::new();
        // The characters of a scope word (RFC 6749 §3.3).
        let printable = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
        if !query.bytes().all(printable) {
            return Err(ScopeError::Restriction);
        }
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            let narrows = match name.strip_prefix('_') {
                Some(special) => matches!(special, "id" | "tag" | "security" | "profile"),
                None => !name.is_empty() && name.bytes().all(plain),
            };
            if !narrows || value.is_empty() || value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(ScopeError::Restriction);
            }
            parameters.push((name.into_owned(), value.into_owned()));
        }
        if parameters.is_empty() || query.split('&').count() != parameters.len() {
            return Err(ScopeError::Restriction);
        }
        Ok(Self { parameters })
    }

    fn print(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.parameters)
            .finish()
    }

    fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for one in &other.parameters {
            if !both.parameters.contains(one) {
                both.parameters.push(one.clone());
            }
        }
        both
    }
}

impl Target {
    pub(super) fn covers(&self, level: ScopeLevel, resource_type: &str) -> bool {
        let named = self.resource_type.as_deref();
        self.level == level && named.is_none_or(|named| named == resource_type)
    }

    /// What is covered by both.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let resource_type = match (&self.resource_type, &other.resource_type) {
            (Some(one), Some(two)) if one != two => return None,
            (one, two) => one.clone().or_else(|| two.clone()),
        };
        let restriction = match (&self.restriction, &other.restriction) {
            (Some(one), Some(two)) => Some(one.and(two)),
            (one, two) => one.clone().or_else(|| two.clone()),
        };
        (self.level == other.level).then_some(Self {
            level: self.level,
            resource_type,
            restriction,
        })
    }

    pub(super) fn print(&self, interactions: Interactions) -> String {
        let query = self.restriction.as_ref().map(Restriction::print);
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        format!("{}{query}", self.plain(interactions))
    }

    /// The same without what the restriction says.
    pub(super) fn sketch(&self, interactions: Interactions) -> String {
        let sign = self.restriction.as_ref().map_or("", |_| "?…");
        format!("{}{sign}", self.plain(interactions))
    }

    fn plain(&self, interactions: Interactions) -> String {
        let level = self.level.word();
        let resource_type = self.resource_type.as_deref().unwrap_or("*");
        let letters: String = Interaction::ALL
            .into_iter()
            .filter(|interaction| interactions.has(*interaction))
            .map(Interaction::letter)
            .collect();
        format!("{level}/{resource_type}.{letters}")
    }
}

impl Interactions {
    pub(super) const fn has(self, interaction: Interaction) -> bool {
        self.0 & interaction.bit() != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn of(interactions: &[Interaction]) -> Self {
        let one = |set: Self, interaction: &Interaction| set.or(Self(interaction.bit()));
        interactions.iter().fold(Self::default(), one)
    }

    /// Letters in SMART's own order, each at most once, or a word of version 1.
    fn parse(text: &str) -> Result<Self, ScopeError> {
        match text {
            "read" => return Ok(Self::of(&[Interaction::Read, Interaction::Search])),
            "write" => {
                let write = [
                    Interaction::Create,
                    Interaction::Update,
                    Interaction::Delete,
                ];
                return Ok(Self::of(&write));
            }
            "*" => return Ok(Self::of(&Interaction::ALL)),
            _ => {}
        }
        let mut order = Interaction::ALL.into_iter();
        let mut set = Self::default();
        for letter in text.chars() {
            let known = order.find(|interaction| interaction.letter() == letter);
            set = set.or(Self::of(&[known.ok_or(ScopeError::Interactions)?]));
        }
        if set.is_empty() {
            return Err(ScopeError::Interactions);
        }
        Ok(set)
    }
}

/// `level/Type.cruds?restriction`
pub(super) fn parse_word(word: &str) -> Result<(Target, Interactions), ScopeError> {
    let (level, rest) = word.split_once('/').ok_or(ScopeError::Unknown)?;
    let level = match level {
        "patient" => ScopeLevel::Patient,
        "user" => ScopeLevel::User,
        "system" => ScopeLevel::System,
        _ => return Err(ScopeError::Unknown),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (name, letters) = rest.split_once('.').ok_or(ScopeError::Unknown)?;
    let resource_type = match name {
        "*" => None,
        name if is_type_name(name) => Some(name.to_owned()),
        _ => return Err(ScopeError::Unknown),
    };
    // Version 1 knows no restrictions: a mixture of both is nobody's grammar.
    if query.is_some() && matches!(letters, "read" | "write" | "*") {
        return Err(ScopeError::Restriction);
    }
    let interactions = Interactions::parse(letters)?;
    let restriction = query.map(Restriction::parse).transpose()?;
    let target = Target {
        level,
        resource_type,
        restriction,
    };
    Ok((target, interactions))
}

/// Whether the text could be the name of a resource type.
pub(crate) fn is_type_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Names only: a value may say who somebody is.
impl fmt::Debug for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}
