//! The words of a medicine: the parts of its name, and the CUI medicine line.

use tarn_access::Line;

/// A medicine's name, strength and form, each a piece of the source's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drug<'a> {
    /// The drug: `"furosemide"`.
    pub name: &'a str,
    /// The product's strength, where the name carries one: `"40 mg"`.
    pub strength: Option<&'a str>,
    /// The form, from its own field or from the name: `"tablets"`.
    pub form: Option<&'a str>,
}

impl<'a> Drug<'a> {
    /// Takes a line's display apart at the first amount.
    ///
    /// A name that starts with an amount, or that joins several drugs (`" / "`, `" and "`,
    /// `" with "`, `" + "`), is left whole: cutting it would merge a combined product with one
    /// of its parts.
    #[must_use]
    pub fn of(line: &'a Line) -> Self {
        let display = line.display.trim();
        let form = line.detail.form.as_deref();
        let whole = Self {
            name: display,
            strength: None,
            form,
        };
        let lower = display.to_lowercase();
        if [" / ", " and ", " with ", " + "]
            .iter()
            .any(|joiner| lower.contains(joiner))
        {
            return whole;
        }
        let Some(amount) = tokens(display).find(|(_, token)| starts_with_digit(token)) else {
            return whole;
        };
        let (name, rest) = display.split_at(amount.0);
        let name = name.trim_end_matches([' ', ',', '(', '-', '–', '—']);
        if name.is_empty() {
            return whole;
        }
        let end = tokens(rest)
            .find(|(_, token)| !starts_with_digit(token) && !is_unit(token))
            .map_or(rest.len(), |(at, _)| at);
        let (strength, form_words) = rest.split_at(end);
        let form_words = form_words.trim_matches([' ', ',', ')']);
        Self {
            name,
            strength: Some(strength.trim_end_matches([' ', ',', ')'])),
            form: form.or(Some(form_words).filter(|words| !words.is_empty())),
        }
    }

    /// Name, strength and form in one, for telling two products apart.
    #[must_use]
    pub fn whole(&self) -> String {
        let strength = self.strength.map(same_words).unwrap_or_default();
        let form = self.form.map(same_form).unwrap_or_default();
        format!("{} {strength} {form}", squash(self.name))
    }
}

/// Case and white space taken out, for comparing: `"40 mg"` and `"40MG"` are one.
#[must_use]
pub fn squash(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Two texts with the same result say the same. Nothing is converted: `1 g` and `1000 mg` differ.
#[must_use]
pub fn same_words(text: &str) -> String {
    squash(text).trim_end_matches('.').to_owned()
}

/// As [`same_words`], with plural forms taken as singular.
#[must_use]
pub fn same_form(text: &str) -> String {
    same_words(text).trim_end_matches('s').to_owned()
}

/// An amount as the medicine line shows it: a space between number and unit (MEDi-041), no
/// trailing zero (MEDi-015), a leading zero (MEDi-016), a comma from 1,000 (MEDi-017). The number
/// itself is the source's; anything that is not a plain number followed by words stays as it is.
#[must_use]
pub fn amount(text: &str) -> String {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start();
    let plain = unit.is_empty() || unit.starts_with(|c: char| c.is_alphabetic() || c == '%');
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if !plain || decimals.contains('.') || (whole.is_empty() && decimals.is_empty()) {
        return text.to_owned();
    }
    let mut shown = if whole.is_empty() {
        "0".to_owned()
    } else {
        grouped(whole)
    };
    let decimals = decimals.trim_end_matches('0');
    if !decimals.is_empty() {
        shown.push('.');
        shown.push_str(decimals);
    }
    if !unit.is_empty() {
        shown.push('\u{a0}');
        shown.push_str(unit);
    }
    shown
}

fn grouped(whole: &str) -> String {
    let mut shown = String::with_capacity(whole.len() + whole.len() / 3);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().filter_map(move |token| {
        let at = (token.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        Some((at, token))
    })
}

fn starts_with_digit(token: &str) -> bool {
    token
        .trim_start_matches(['(', '.'])
        .starts_with(|c: char| c.is_ascii_digit())
}

fn is_unit(token: &str) -> bool {
    let word = token.trim_matches([',', ')', '(']).to_lowercase();
    let first = word.split('/').next().unwrap_or_default();
    matches!(
        first,
        "" | "mg"
            | "g"
            | "kg"
            | "microgram"
            | "micrograms"
            | "mcg"
            | "ug"
            | "µg"
            | "nanogram"
            | "nanograms"
            | "ml"
            | "l"
            | "%"
            | "unit"
            | "units"
            | "iu"
            | "mmol"
            | "meq"
            | "mg%"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::line;

    #[test]
    fn a_name_comes_apart_into_the_sources_own_words() {
        let check = |display: &str, name: &str, strength: Option<&str>, form: Option<&str>| {
            let line = line("A1", display);
            let drug = Drug::of(&line);
            assert_eq!(
                (drug.name, drug.strength, drug.form),
                (name, strength, form),
                "{display}"
            );
        };
        check("furosemide", "furosemide", None, None);
        check(
            "Furosemide 40mg tablets",
            "Furosemide",
            Some("40mg"),
            Some("tablets"),
        );
        check(
            "Furosemide 40 MG Oral Tablet",
            "Furosemide",
            Some("40 MG"),
            Some("Oral Tablet"),
        );
        check(
            "Insulin glargine 100 units/ml solution",
            "Insulin glargine",
            Some("100 units/ml"),
            Some("solution"),
        );
        check(
            "24 HR metoprolol 100 MG",
            "24 HR metoprolol 100 MG",
            None,
            None,
        );
        let combined = "Acetaminophen 325 MG / Hydrocodone 7.5 MG Oral Tablet";
        check(combined, combined, None, None);
        check(
            "co-codamol 8mg/500mg tablets",
            "co-codamol",
            Some("8mg/500mg"),
            Some("tablets"),
        );
    }

    #[test]
    fn amounts_follow_medi_015_to_017_and_041() {
        let check = |text: &str, shown: &str| assert_eq!(amount(text), shown, "{text}");
        check("40mg", "40\u{a0}mg");
        check("40 mg", "40\u{a0}mg");
        check(".5 mg", "0.5\u{a0}mg");
        check("5.0 mg", "5\u{a0}mg");
        check("1000 micrograms", "1,000\u{a0}micrograms");
        check("2.50 g", "2.5\u{a0}g");
        check("1-2 tablets", "1-2 tablets");
        check("one tablet", "one tablet");
        check("8mg/500mg", "8\u{a0}mg/500mg");
        check("1.2.3 mg", "1.2.3 mg");
        check("", "");
    }

    proptest::proptest! {
        #[test]
        fn any_amount_keeps_its_value(whole in 0u32..10_000_000, decimals in "[0-9]{0,4}") {
            let text = format!("{whole}.{decimals} mg");
            let shown = amount(&text).replace(',', "").replace("\u{a0}mg", "");
            let (a, b): (f64, f64) = (shown.parse().unwrap(), format!("{whole}.{decimals}0").parse().unwrap());
            assert!((a - b).abs() < f64::EPSILON, "{text} became {shown}");
        }

        #[test]
        fn any_display_is_taken_apart_without_invention(display in ".{1,60}") {
            let line = line("A1", &display);
            let drug = Drug::of(&line);
            for piece in [Some(drug.name), drug.strength, drug.form].into_iter().flatten() {
                assert!(display.contains(piece));
            }
        }
    }
}
