//! Letters about Edie from before this autumn, and her ReSPECT form.

use super::Tale;
use crate::Partner::OakLane;
use crate::directory::{ASHDOWN, FENWICK, OSEI, VARLEY, WREN, YUSUF};
use crate::{Letter, Professional, What};

pub(super) fn tell(tale: &mut Tale) {
    let signed = tale.on("2026-03-03");
    let respect = Letter {
        title: "ReSPECT form",
        dated: signed,
        text: "Recommended Summary Plan for Emergency Care and Treatment\n\nWhat matters most: to \
               stay at home with Biscuit, and to be comfortable.\n\nRecommended: treatment at \
               home where possible; antibiotics by mouth or by drip.\nNot recommended: intensive \
               care; cardiopulmonary resuscitation.\n\nTalked through with Edie and her daughter \
               Ruth. Edie has capacity for this decision.\n\nDr Paul Osei, Oak Lane Surgery"
            .to_owned(),
        by: OSEI,
    };
    tale.keep(OakLane, "letter-respect", signed, What::Letter(respect));
    let written: [(Professional, &'static str, &str, &str); 9] = [
        (
            VARLEY,
            "Echocardiogram report",
            "2019-05-02",
            "Left ventricle mildly impaired, ejection fraction 45%. No valve disease of note.",
        ),
        (
            VARLEY,
            "Cardiology clinic",
            "2021-03-12",
            "New atrial fibrillation. Apixaban and bisoprolol started, aspirin stopped.",
        ),
        (
            VARLEY,
            "Cardiology clinic",
            "2023-04-18",
            "Rate controlled, no bleeding. Apixaban to continue at 2.5 mg: over 80 soon and under 60 kg.",
        ),
        (
            ASHDOWN,
            "Knee replacement discharge",
            "2015-06-11",
            "Right total knee replacement, no complications. Home on day 4.",
        ),
        (
            ASHDOWN,
            "Eye clinic: left cataract",
            "2018-09-20",
            "Left cataract taken out. Drops for four weeks.",
        ),
        (
            ASHDOWN,
            "Eye clinic: right cataract",
            "2019-02-07",
            "Right cataract taken out. Reads without glasses in good light.",
        ),
        (
            WREN,
            "Emergency department letter",
            "2022-01-30",
            "Confused and hot. Urinary tract infection. Home with nitrofurantoin.",
        ),
        (
            YUSUF,
            "Leg ulcer assessment",
            "2024-06-17",
            "Blistered under the adhesive dressing; adhesive dressings are not to be used again.",
        ),
        (
            FENWICK,
            "Falls assessment",
            "2025-11-04",
            "Walks with one stick. Grab rails fitted by the back door. Rugs taken up.",
        ),
    ];
    for (by, title, dated, text) in written {
        let dated = tale.on(dated);
        tale.letter(by, title, dated, dated, text);
    }
}
