use tarn_model::{Heading, HeadingSet, OdsCode};

/// The organisations of Harrowmere, by a name that code can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partner {
    /// Oak Lane Surgery, a GP practice.
    OakLane,
    /// Mill Street Medical Centre, a GP practice.
    MillStreet,
    /// Fenbridge Practice, a GP practice that has not joined.
    Fenbridge,
    /// St Brannoc's Hospital.
    StBrannocs,
    /// Harrowmere Community Health.
    Community,
    /// Harrowmere Mental Health.
    MentalHealth,
    /// Harrowmere Council, adult social care.
    AdultCare,
    /// Harrowmere Council, children's services.
    ChildrensServices,
    /// Harrowmere Urgent Care: out of hours and 111.
    UrgentCare,
    /// Vale Ambulance Service.
    Ambulance,
}

/// How an organisation's feed stands when the locality is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// It sends, and its newest data is this old.
    Stored {
        /// Age of its newest data, in seconds; 0 is up to date.
        late_seconds: i64,
    },
    /// It is joined but does not answer.
    Down {
        /// How long ago it was last heard from, in seconds.
        last_heard_seconds_ago: i64,
    },
    /// It has not joined: nothing of it is sent.
    NotConnected,
}

/// An organisation of the locality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Which one it is.
    pub partner: Partner,
    /// Its ODS-like code.
    pub ods: OdsCode,
    /// Its name.
    pub name: String,
    /// The short word for chips and the ledger: `"GP"`, `"Hospital"`.
    pub short_name: String,
    /// The kind of organisation, as agreements name it: `"gp-practice"`.
    pub kind: String,
    /// Whom to ring.
    pub telephone: String,
    /// The headings it feeds.
    pub headings: HeadingSet,
    /// How its feed stands.
    pub feed: Feed,
    /// How old its newest data may be before it counts as late, in seconds.
    pub cadence_seconds: i64,
}

impl Organisation {
    /// Whether it sends anything: joined, even if it does not answer just now.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.feed != Feed::NotConnected
    }
}

impl Partner {
    /// Every organisation, in the order that pages list them.
    pub const ALL: &'static [Self] = &[
        Self::OakLane,
        Self::MillStreet,
        Self::Fenbridge,
        Self::StBrannocs,
        Self::Community,
        Self::MentalHealth,
        Self::AdultCare,
        Self::ChildrensServices,
        Self::UrgentCare,
        Self::Ambulance,
    ];

    /// The ODS-like code as text.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OakLane => "OAK01",
            Self::MillStreet => "MIL01",
            Self::Fenbridge => "FEN01",
            Self::StBrannocs => "RSB",
            Self::Community => "RHC",
            Self::MentalHealth => "RMH",
            Self::AdultCare => "H10A",
            Self::ChildrensServices => "H10C",
            Self::UrgentCare => "HUC01",
            Self::Ambulance => "RYH",
        }
    }

    /// The organisation's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// The number that its own staff and others ring, from the range kept for drama.
    #[must_use]
    pub const fn telephone(self) -> &'static str {
        self.words().3
    }

    /// Name, short name, kind, telephone.
    const fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::OakLane => ("Oak Lane Surgery", "GP", "gp-practice", "01632 960 108"),
            Self::MillStreet => (
                "Mill Street Medical Centre",
                "GP",
                "gp-practice",
                "01632 960 112",
            ),
            Self::Fenbridge => ("Fenbridge Practice", "GP", "gp-practice", "01632 960 116"),
            Self::StBrannocs => (
                "St Brannoc’s Hospital",
                "Hospital",
                "acute-trust",
                "01632 960 150",
            ),
            Self::Community => (
                "Harrowmere Community Health",
                "Community",
                "community-trust",
                "01632 960 120",
            ),
            Self::MentalHealth => (
                "Harrowmere Mental Health",
                "Mental health",
                "mental-health-trust",
                "01632 960 130",
            ),
            Self::AdultCare => (
                "Harrowmere Council adult social care",
                "Adult social care",
                "council-adult-social-care",
                "01632 960 140",
            ),
            Self::ChildrensServices => (
                "Harrowmere Council children’s services",
                "Children’s services",
                "council-children-social-care",
                "01632 960 145",
            ),
            Self::UrgentCare => (
                "Harrowmere Urgent Care",
                "Urgent care",
                "out-of-hours",
                "01632 960 160",
            ),
            Self::Ambulance => (
                "Vale Ambulance Service",
                "Ambulance",
                "ambulance-trust",
                "01632 960 170",
            ),
        }
    }

    const fn feed(self) -> Feed {
        match self {
            Self::OakLane
            | Self::MillStreet
            | Self::StBrannocs
            | Self::ChildrensServices
            | Self::UrgentCare
            | Self::Ambulance => Feed::Stored { late_seconds: 0 },
            Self::Community => Feed::Stored {
                late_seconds: 14 * 3600,
            },
            Self::MentalHealth => Feed::Down {
                last_heard_seconds_ago: 11 * 3600 + 54 * 60,
            },
            Self::Fenbridge | Self::AdultCare => Feed::NotConnected,
        }
    }

    const fn cadence_seconds(self) -> i64 {
        match self {
            Self::OakLane
            | Self::MillStreet
            | Self::Fenbridge
            | Self::StBrannocs
            | Self::UrgentCare => 3600,
            Self::Community | Self::MentalHealth | Self::Ambulance => 4 * 3600,
            Self::AdultCare | Self::ChildrensServices => 24 * 3600,
        }
    }

    fn headings(self) -> HeadingSet {
        use Heading as H;
        let own: &[Heading] = match self {
            Self::OakLane | Self::MillStreet | Self::Fenbridge => &[
                H::AboutMe,
                H::Medicines,
                H::Problems,
                H::Results,
                H::Observations,
                H::Documents,
                H::Immunisations,
                H::Procedures,
                H::Referrals,
                H::CarePlans,
                H::Family,
            ],
            Self::StBrannocs => &[
                H::Medicines,
                H::Problems,
                H::Results,
                H::Observations,
                H::Documents,
                H::Procedures,
                H::Referrals,
                H::CarePlans,
                H::SocialCare,
            ],
            Self::Community => &[
                H::Medicines,
                H::Observations,
                H::Documents,
                H::Referrals,
                H::CarePlans,
            ],
            Self::MentalHealth => &[
                H::Medicines,
                H::Problems,
                H::Documents,
                H::CarePlans,
                H::MentalHealth,
            ],
            Self::AdultCare => &[H::SocialCare, H::Safeguarding],
            Self::ChildrensServices => &[H::SocialCare, H::Safeguarding, H::Family],
            Self::UrgentCare => &[H::Documents],
            Self::Ambulance => &[H::Observations, H::Documents],
        };
        let shared = [
            H::Demographics,
            H::Alerts,
            H::Allergies,
            H::Encounters,
            H::Appointments,
            H::CareTeam,
        ];
        own.iter().copied().chain(shared).collect()
    }
}

/// Every organisation of the locality, in the order of [`Partner::ALL`].
pub(crate) fn organisations() -> Vec<Organisation> {
    let organisation = |partner: Partner| {
        let (name, short_name, kind, telephone) = partner.words();
        Some(Organisation {
            partner,
            ods: partner.code().parse().ok()?,
            name: name.to_owned(),
            short_name: short_name.to_owned(),
            kind: kind.to_owned(),
            telephone: telephone.to_owned(),
            headings: partner.headings(),
            feed: partner.feed(),
            cadence_seconds: partner.cadence_seconds(),
        })
    };
    let all = Partner::ALL.iter().copied();
    all.filter_map(organisation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partner_has_a_code_that_is_one() {
        assert_eq!(organisations().len(), Partner::ALL.len());
    }
}
