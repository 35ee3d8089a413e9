use crate::Partner;

/// A professional who signs, visits or is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Professional {
    /// The organisation's own id of them; also the end of their FHIR id.
    pub key: &'static str,
    /// The name as written: `"Dr Paul Osei"`.
    pub name: &'static str,
    /// Their work: `"GP"`, `"District nurse"`.
    pub work: &'static str,
    /// Whom they work for.
    pub partner: Partner,
    /// Their own number, if they are rung directly; else the organisation's is used.
    pub telephone: Option<&'static str>,
}

impl Professional {
    /// The number to ring them on.
    #[must_use]
    pub fn number(&self) -> &'static str {
        self.telephone.unwrap_or_else(|| self.partner.telephone())
    }

    /// The same work done for another organisation.
    pub(crate) fn of(self, partner: Partner) -> Self {
        Self { partner, ..self }
    }
}

macro_rules! professionals {
    ($($name:ident: $key:literal $full:literal, $work:literal, $partner:ident, $telephone:expr;)*) => {
        $(pub(crate) const $name: Professional = Professional {
            key: $key,
            name: $full,
            work: $work,
            partner: Partner::$partner,
            telephone: $telephone,
        };)*

        /// Everybody who appears in a feed.
        pub(crate) const EVERYBODY: &[Professional] = &[$($name,)*];
    };
}

professionals! {
    OSEI: "osei" "Dr Paul Osei", "GP", OakLane, Some("01632 960 108");
    BRANDRETH: "brandreth" "Dr Helen Brandreth", "GP", OakLane, None;
    NUTTALL: "nuttall" "Carys Nuttall", "Practice nurse", OakLane, None;
    RAHMAN: "rahman" "Dr Farida Rahman", "GP", MillStreet, None;
    TREGEAR: "tregear" "Dr Jago Tregear", "GP", MillStreet, None;
    HOLT: "holt" "Deborah Holt", "Practice nurse", MillStreet, None;
    MARSH: "marsh" "Dr Leila Marsh", "Consultant physician", StBrannocs, Some("01632 960 152");
    WREN: "wren" "Dr Tomasz Wren", "Emergency department doctor", StBrannocs, None;
    DHALIWAL: "dhaliwal" "Sunita Dhaliwal", "Pharmacist", StBrannocs, Some("01632 960 154");
    GARRITY: "garrity" "Colm Garrity", "Discharge nurse", StBrannocs, Some("01632 960 157");
    LINDQVIST: "lindqvist" "Kofi Lindqvist", "Heart failure nurse", StBrannocs, Some("01632 960 155");
    ASHDOWN: "ashdown" "Mr Piers Ashdown", "Consultant surgeon", StBrannocs, None;
    VARLEY: "varley" "Dr Morwenna Varley", "Consultant cardiologist", StBrannocs, None;
    SISTER: "kimani" "Grace Kimani", "Ward sister, J12", StBrannocs, Some("01632 960 158");
    MIDWIFE: "penrose" "Tamsin Penrose", "Midwife", StBrannocs, Some("01632 960 159");
    YUSUF: "yusuf" "Amina Yusuf", "District nurse", Community, Some("01632 960 122");
    OKORO: "okoro" "Chidi Okoro", "Diabetes nurse", Community, Some("01632 960 124");
    FENWICK: "fenwick" "Laurie Fenwick", "Physiotherapist", Community, Some("01632 960 125");
    HEALTH_VISITOR: "cardew" "Philippa Cardew", "Health visitor", Community, Some("01632 960 126");
    OT: "blane" "Rosa Blane", "Occupational therapist", Community, Some("01632 960 127");
    QUAYE: "quaye" "Dr Esther Quaye", "Consultant psychiatrist", MentalHealth, None;
    LOMAX: "lomax" "Stefan Lomax", "Care coordinator", MentalHealth, Some("01632 960 133");
    ALLEYNE: "alleyne" "Jerome Alleyne", "Children’s social worker", ChildrensServices, Some("01632 960 146");
    STROUD: "stroud" "Marguerite Stroud", "Safeguarding lead", ChildrensServices, Some("01632 960 147");
    PRYCE: "pryce" "J. Pryce", "Call handler", UrgentCare, None;
    ACHTERBERG: "achterberg" "Dr Nadia Achterberg", "Out-of-hours doctor", UrgentCare, None;
    CALLOWAY: "calloway" "Rhys Calloway", "Paramedic", Ambulance, None;
}
