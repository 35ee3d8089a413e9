use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The ODS code of an organisation or site: 1 to 12 letters, digits or hyphens, upper case.
///
/// Source: NHS Data Dictionary, ORGANISATION IDENTIFIER; FHIR system
/// [`OdsCode::SYSTEM`]. The length limit is Tarn's, wide enough for sites and for the codes of
/// localities that are not in ODS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OdsCode(String);

/// The text is not an ODS code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ODS code has 1 to 12 letters, digits or hyphens")]
pub struct OdsCodeError;

impl OdsCode {
    /// The identifier system of ODS organisation codes in FHIR.
    pub const SYSTEM: &'static str = "https://fhir.nhs.uk/Id/ods-organization-code";

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OdsCode {
    type Err = OdsCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if (1..=12).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(OdsCodeError)
        }
    }
}

impl TryFrom<String> for OdsCode {
    type Error = OdsCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OdsCode> for String {
    fn from(code: OdsCode) -> Self {
        code.0
    }
}

impl fmt::Display for OdsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
