use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text as a string search compares it: small letters without accents, apostrophes dropped,
/// other punctuation and runs of white space as one space. `O’Brien-Müller` is `obrien muller`.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        text.chars().for_each(|c| push(&mut folded, c));
    } else {
        let bare = text.nfkd().filter(|c| !is_combining_mark(*c));
        bare.flat_map(char::to_lowercase)
            .for_each(|c| push(&mut folded, c));
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

fn push(folded: &mut String, c: char) {
    match c {
        '\'' | '’' | '‘' | 'ʼ' | '`' | '´' => {}
        c if c.is_alphanumeric() => folded.push(c.to_ascii_lowercase()),
        _ if folded.is_empty() || folded.ends_with(' ') => {}
        _ => folded.push(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn words_are_compared_without_case_accent_and_punctuation() {
        for (text, folded) in [
            ("O’Brien-Müller", "obrien muller"),
            ("  SMITH,\t John ", "smith john"),
            ("Łukasz É. ﬁ", "łukasz e fi"),
            ("İstanbul", "istanbul"),
            ("山田 太郎", "山田 太郎"),
            ("--", ""),
        ] {
            assert_eq!(fold(text), folded);
        }
    }
}
