use tarn_model::NhsNumber;

/// How many people can have a number of the 999 range of their own by [`nhs_number`].
pub(crate) const MOST: usize = 900_000;

/// The NHS number of the person at `index`: in the 999 range, valid, and nobody else's.
///
/// Of ten neighbouring nine-digit numbers at most one has no check digit, so nine of each ten
/// are used. The person of the story is first, with the number that pictures and documents show.
pub(crate) fn nhs_number(index: usize) -> Option<NhsNumber> {
    let story = story_number()?;
    if index == 0 {
        return Some(story);
    }
    let before_story = block(0).position(|number| number == story)?;
    let place = if index <= before_story {
        index - 1
    } else {
        index
    };
    block(place / 9).nth(place % 9)
}

/// 999 000 0018.
fn story_number() -> Option<NhsNumber> {
    NhsNumber::from_first_nine([9, 9, 9, 0, 0, 0, 0, 0, 1])
}

/// The valid numbers among ten neighbours.
fn block(block: usize) -> impl Iterator<Item = NhsNumber> {
    (0..10u8).filter_map(move |last| {
        let mut nine = [9, 9, 9, 0, 0, 0, 0, 0, last];
        let mut rest = block;
        for digit in nine.iter_mut().skip(3).take(5).rev() {
            *digit = u8::try_from(rest % 10).ok()?;
            rest /= 10;
        }
        (rest == 0)
            .then(|| NhsNumber::from_first_nine(nine))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_valid_synthetic_and_unique_to_the_last() {
        let ends = (0..20_000).chain(MOST - 20_000..MOST);
        let mut seen = HashSet::new();
        for index in ends {
            let number = nhs_number(index).unwrap();
            assert!(number.is_synthetic());
            assert!(seen.insert(number), "{index}");
        }
        assert_eq!(nhs_number(MOST), None);
        assert_eq!(nhs_number(0).unwrap().as_str(), "9990000018");
    }
}
