//! Mistakes in an agreement stop it and are said in words that its writer understands.

use tarn_governance::compile;

use crate::agreement::TEXT;

fn check(right: &str, wrong: &str, said: &str) {
    assert!(TEXT.contains(right), "`{right}` is not in the text");
    let problems = compile(&TEXT.replacen(right, wrong, 1))
        .unwrap_err()
        .to_string();
    assert!(problems.contains(said), "expected `{said}` in: {problems}");
}

#[test]
fn each_mistake_has_its_own_words() {
    check(
        "see: demographics, alerts,",
        "see: demographics, alert,",
        "did you mean `alerts`?",
    );
    check(
        "to: ooh-doctor",
        "to: ooh-docter",
        "did you mean `ooh-doctor`?",
    );
    check("link: claimed", "lnk: claimed", "did you mean `link`?");
    check(
        "permit\nto: gp",
        "allow\nto: gp",
        "a rule's first line is `permit` or `forbid`",
    );
    check(
        "at: gp-practice",
        "at: gp-surgery",
        "no party is a `gp-surgery`",
    );
    check(
        "in-force-from: 2026-04-01",
        "in-force-from: April",
        "`in-force-from` is not a date",
    );
    check("## 4.2 Out", "## 4.1 Out", "there are two clauses 4.1");
    check(
        "review-by: 2027-03-31\n",
        "",
        "the entry `review-by` is missing",
    );
    check(
        "objection-clause: 5.1",
        "objection-clause: 9.9",
        "names a clause that is not there",
    );
    check(
        "contribution-clause: 2.1",
        "contribution-clause: 9.9",
        "names a clause that is not there",
    );
    check("- MIL01 |", "- OAK01 |", "OAK01 is a party twice");
    check(
        " (human)\nEach organisation remains",
        "\nEach organisation remains",
        "the clause has no rule",
    );
    check(
        "for: direct-care, emergency\nlink: claimed\nduties: alert-in-emergency\n```\n\n```cases\ngp",
        "link: claimed\nduties: alert-in-emergency\n```\n\n```cases\ngp",
        "does not say what for",
    );
    check(
        "to: privacy-officer\nsee: demographics",
        "to: privacy-officer\nsee: appointments",
        "no rule lets a privacy-officer see demographics for audit",
    );
}

#[test]
fn a_text_that_is_cut_short_or_no_agreement_is_refused() {
    assert!(compile("").is_err());
    assert!(compile("---\nid: x").is_err());
    let cut = &TEXT[..TEXT.find("```cases").unwrap() + 20];
    assert!(compile(cut).is_err());
    assert!(compile(&"x".repeat(2 << 20)).is_err());
}

proptest::proptest! {
    /// Whatever is damaged, compiling answers; and a damaged text that still compiles has
    /// another hash, so that it cannot pass for the signed one.
    #[test]
    fn damage_is_answered(at in 0usize..TEXT.len(), length in 1usize..60) {
        let cut = |i: usize| (i..=TEXT.len()).find(|i| TEXT.is_char_boundary(*i)).unwrap();
        let (from, to) = (cut(at), cut((at + length).min(TEXT.len())));
        let damaged = format!("{}{}", &TEXT[..from], &TEXT[to..]);
        if let Ok(policy) = compile(&damaged) {
            let whitespace = TEXT[from..to].trim().is_empty();
            proptest::prop_assert!(whitespace || policy.hash() != compile(TEXT).unwrap().hash());
        }
    }
}
