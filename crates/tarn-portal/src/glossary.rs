//! Plain words for the terms that clinicians write most.
//!
//! Only a whole term is ever explained, never part of one: "angina" has an entry, "suspected
//! angina, ruled out" has none and stands as its source wrote it. The source's words always stay;
//! these go beside them.

/// The plain words for a term, if the table has it; upper and lower case are one.
pub(crate) fn explain(term: &str) -> Option<&'static str> {
    let term = term.trim();
    TERMS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(term))
        .map(|(_, plain)| *plain)
}

const TERMS: &[(&str, &str)] = &[
    ("abdominal pain", "tummy pain"),
    (
        "acute kidney injury",
        "the kidneys suddenly working less well",
    ),
    ("acute myocardial infarction", "a heart attack"),
    ("adhesive dressings", "sticky plasters and dressings"),
    (
        "alzheimer's disease",
        "a disease of the brain that affects memory",
    ),
    ("anaemia", "too few red cells in the blood"),
    (
        "angina",
        "chest pain from a narrowed blood supply to the heart",
    ),
    ("asthma", "narrowed airways that come and go"),
    ("atrial fibrillation", "an irregular heartbeat"),
    ("bronchitis", "an infection of the airways"),
    ("cataract", "a cloudy lens in the eye"),
    ("cellulitis", "an infection of the skin"),
    ("cerebrovascular accident", "a stroke"),
    (
        "chronic kidney disease",
        "kidneys that work less well over a long time",
    ),
    (
        "chronic obstructive pulmonary disease",
        "a long-term disease of the lungs",
    ),
    ("coeliac disease", "the gut reacting to gluten"),
    ("copd", "a long-term disease of the lungs"),
    (
        "coronary heart disease",
        "narrowed blood vessels of the heart",
    ),
    (
        "creatinine",
        "a blood test that shows how well the kidneys work",
    ),
    ("crp", "a blood test that shows inflammation or infection"),
    (
        "c-reactive protein",
        "a blood test that shows inflammation or infection",
    ),
    (
        "deep vein thrombosis",
        "a blood clot in a deep vein, often in the leg",
    ),
    ("dementia", "a loss of memory and thinking"),
    ("depression", "low mood that lasts"),
    ("diabetes mellitus type 2", "too much sugar in the blood"),
    ("dyspnoea", "breathlessness"),
    ("egfr", "a blood test that shows how well the kidneys work"),
    ("epilepsy", "a tendency to have fits"),
    ("essential hypertension", "high blood pressure"),
    (
        "estimated glomerular filtration rate",
        "a blood test that shows how well the kidneys work",
    ),
    (
        "full blood count",
        "a blood test that counts the cells in the blood",
    ),
    (
        "gastro-oesophageal reflux disease",
        "stomach acid coming up, as in heartburn",
    ),
    ("gout", "painful swollen joints"),
    ("haemoglobin", "what carries oxygen in the blood"),
    (
        "hba1c",
        "a blood test that shows sugar over the last three months",
    ),
    (
        "heart failure",
        "the heart pumping less well than it should",
    ),
    ("hypercholesterolaemia", "too much cholesterol in the blood"),
    ("hypertension", "high blood pressure"),
    ("hyperthyroidism", "an overactive thyroid"),
    ("hypothyroidism", "an underactive thyroid"),
    ("influenza", "flu"),
    (
        "international normalised ratio",
        "a blood test that shows how fast the blood clots",
    ),
    (
        "ischaemic heart disease",
        "narrowed blood vessels of the heart",
    ),
    ("migraine", "severe headaches that come back"),
    ("myocardial infarction", "a heart attack"),
    ("oedema", "swelling from water in the body"),
    ("osteoarthritis", "worn joints"),
    ("osteoporosis", "thin, weak bones"),
    (
        "peripheral vascular disease",
        "narrowed blood vessels in the legs",
    ),
    ("pneumonia", "an infection of the lungs"),
    ("pneumonia, left lower", "an infection low in the left lung"),
    ("potassium", "a salt in the blood"),
    ("pulmonary embolism", "a blood clot in the lung"),
    ("rheumatoid arthritis", "inflamed joints"),
    ("sodium", "a salt in the blood"),
    ("stroke", "part of the brain losing its blood supply"),
    ("transient ischaemic attack", "a short stroke that passes"),
    (
        "type 1 diabetes",
        "too much sugar in the blood, treated with insulin",
    ),
    ("type 2 diabetes", "too much sugar in the blood"),
    ("type 2 diabetes mellitus", "too much sugar in the blood"),
    (
        "urea and electrolytes",
        "a blood test of the kidneys and salts",
    ),
    (
        "urinary tract infection",
        "an infection of the bladder or kidneys",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_terms_are_explained() {
        assert_eq!(
            explain("Atrial fibrillation"),
            Some("an irregular heartbeat")
        );
        assert_eq!(explain(" HYPERTENSION "), Some("high blood pressure"));
        for other in [
            "Suspected angina",
            "Angina excluded",
            "Family history of stroke",
            "",
        ] {
            assert_eq!(explain(other), None, "{other}");
        }
    }

    #[test]
    fn the_table_says_each_term_once() {
        let terms: std::collections::BTreeSet<_> = TERMS
            .iter()
            .map(|(term, _)| term.to_ascii_lowercase())
            .collect();
        assert_eq!(terms.len(), TERMS.len());
    }
}
