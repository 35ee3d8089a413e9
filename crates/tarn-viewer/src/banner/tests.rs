use super::*;
use crate::samples;

fn banner(change: impl FnOnce(&mut Demographics)) -> Banner {
    let mut edie = samples::edie();
    change(&mut edie);
    let ledger = samples::ledger(&["A1"]);
    let lines = [samples::allergy("A1", "penicillin")];
    let allergies = Allergies::gather(&lines, &[], &ledger);
    Banner::new(
        &[edie],
        false,
        Some(&allergies),
        Sources::new(&ledger),
        samples::now(),
    )
    .unwrap()
}

#[test]
fn zone_1_follows_the_rules() {
    let edie = banner(|_| {});
    assert_eq!(
        edie.name, "HARGREAVES, Edna (Mrs)",
        "PAB-0049 to -0052, NID-0007, -0010"
    );
    assert_eq!(edie.preferred_name.as_deref(), Some("Edie"), "PAB-0020");
    assert_eq!(
        (edie.born.as_str(), edie.age.as_deref()),
        ("14-Jul-1945", Some("81y")),
        "PAB-0033, -0034"
    );
    assert_eq!(edie.gender, "Female", "PAB-0035");
    assert_eq!(
        edie.nhs_number.as_deref(),
        Some("999\u{a0}000\u{a0}0018"),
        "NUM-0001 to -0003"
    );
    assert_eq!(edie.died, None);
}

#[test]
fn pab_0057_to_0060_the_dead_have_an_age_at_death_and_no_age() {
    let dead = banner(|said| said.died = Some(Some(samples::day("2026-10-19"))));
    assert_eq!(dead.died.as_deref(), Some("19-Oct-2026"));
    assert_eq!(
        (dead.age, dead.age_at_death.as_deref()),
        (None, Some("81y"))
    );
    let undated = banner(|said| said.died = Some(None));
    assert_eq!(
        (undated.died.as_deref(), undated.age_at_death),
        (Some("Date not known"), None)
    );
}

#[test]
fn pab_0019_what_is_not_known_is_said_in_words() {
    let unknown = banner(|said| {
        said.birth_date = None;
        said.gender = None;
        said.title = None;
        said.addresses.clear();
        said.registered_gp = None;
        said.registered_gp_name = None;
    });
    assert_eq!((unknown.born.as_str(), unknown.age), ("Not known", None));
    assert_eq!(
        (unknown.gender.as_str(), unknown.name.as_str()),
        ("Not known", "HARGREAVES, Edna")
    );
    assert_eq!(
        (unknown.address.as_str(), unknown.registered_gp.as_str()),
        ("Not known", "Not known")
    );
}

#[test]
fn pab_0030_contacts_come_in_the_one_order() {
    let edie = banner(|said| {
        said.contacts = ["email", "mobile", "work", "home"]
            .map(|kind| (kind.to_owned(), kind[..1].to_owned()))
            .to_vec();
    });
    assert_eq!(edie.contacts, ["Home h", "Work w", "Mobile m", "Email e"]);
}

#[test]
fn sources_that_differ_on_who_it_is_are_told_apart() {
    let edie = samples::edie();
    let mut other = samples::edie();
    other.source = "B2".parse().unwrap();
    other.family = "Hargreave".to_owned();
    let ledger = samples::ledger(&["A1", "B2"]);
    let allergies = Allergies::gather(&[], &[], &ledger);
    let shown = Banner::new(
        &[edie, other],
        true,
        Some(&allergies),
        Sources::new(&ledger),
        samples::now(),
    )
    .unwrap();
    assert_eq!(shown.differences.len(), 1);
    assert_eq!(shown.differences[0].label, "Family name");
    assert_eq!(
        (shown.address.as_str(), shown.registered_gp.as_str()),
        ("Address protected", "Protected")
    );
    assert_eq!(
        Banner::new(
            &[],
            false,
            Some(&allergies),
            Sources::new(&ledger),
            samples::now()
        ),
        None
    );
}
