/// Folds a name for searching: upper case, letters and digits only, accents of the Latin
/// letters used in Europe taken off. `"O'Neill-Åkesson"` becomes `"ONEILLAKESSON"`.
///
/// Done here and not in SQL, since the two databases fold differently.
#[must_use]
pub fn fold_name(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars() {
        let plain = match c.to_lowercase().next().unwrap_or(c) {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "A",
            'ç' | 'ć' | 'č' => "C",
            'ď' | 'đ' | 'ð' => "D",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "E",
            'ğ' => "G",
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "I",
            'ł' => "L",
            'ñ' | 'ń' | 'ň' => "N",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => "O",
            'ř' => "R",
            'ś' | 'š' | 'ş' | 'ș' => "S",
            'ß' => "SS",
            'ť' | 'ţ' | 'ț' => "T",
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "U",
            'ý' | 'ÿ' => "Y",
            'ž' | 'ź' | 'ż' => "Z",
            'æ' => "AE",
            'œ' => "OE",
            'þ' => "TH",
            other => {
                if other.is_alphanumeric() {
                    folded.extend(other.to_uppercase());
                }
                continue;
            }
        };
        folded.push_str(plain);
    }
    folded
}

#[cfg(test)]
mod tests {
    #[test]
    fn spelling_habits_fold_together() {
        assert_eq!(super::fold_name("O'Neill-Åkesson"), "ONEILLAKESSON");
        assert_eq!(super::fold_name("o’neill åkesson"), "ONEILLAKESSON");
        assert_eq!(super::fold_name("李"), "李");
    }
}
