/// The shapes that stand beside words: each state has its own, so that none hangs on colour.
///
/// They are drawn at the size of the text around them, in its colour, and are hidden from screen
/// readers, since the word beside them says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Icon {
    /// A full disc: live.
    Live,
    /// A half disc: late.
    Late,
    /// A ring with a cross: unavailable, an error.
    Unavailable,
    /// A dashed ring: not connected.
    NotConnected,
    /// A ring with a bar: none.
    None,
    /// A closed eye: hidden by the person's own choice.
    Hidden,
    /// A lock: refused, not part of your role, emergency access.
    Lock,
    /// A triangle: alert, allergy.
    Alert,
    /// An unequal sign: sources differ.
    Differs,
    /// A tick: passes, same.
    Tick,
    /// A cross: refused attempt.
    Cross,
    /// A page: a form or plan.
    Page,
    /// A key: access to a home.
    Key,
    /// An arrow onward.
    Onward,
    /// Tarn's mark: a waterline over three depth contours.
    Mark,
}

impl Icon {
    /// Every shape.
    pub const ALL: &'static [Self] = &[
        Self::Live,
        Self::Late,
        Self::Unavailable,
        Self::NotConnected,
        Self::None,
        Self::Hidden,
        Self::Lock,
        Self::Alert,
        Self::Differs,
        Self::Tick,
        Self::Cross,
        Self::Page,
        Self::Key,
        Self::Onward,
        Self::Mark,
    ];

    /// The shape as inline SVG. In a template: `{{ icon.svg()|safe }}`.
    #[must_use]
    pub const fn svg(self) -> &'static str {
        macro_rules! svg {
            ($word:literal, $shape:literal) => {
                concat!(
                    "<svg class=\"icon icon-", $word,
                    "\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\" focusable=\"false\">",
                    $shape, "</svg>"
                )
            };
        }
        match self {
            Self::Live => svg!(
                "live",
                "<circle cx=\"8\" cy=\"8\" r=\"6\" fill=\"currentColor\"/>"
            ),
            Self::Late => svg!(
                "late",
                "<circle cx=\"8\" cy=\"8\" r=\"6\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/><path d=\"M8 2a6 6 0 0 1 0 12z\" fill=\"currentColor\"/>"
            ),
            Self::Unavailable => svg!(
                "unavailable",
                "<circle cx=\"8\" cy=\"8\" r=\"6.5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/><path d=\"M5.5 5.5l5 5m0-5l-5 5\" stroke=\"currentColor\" stroke-width=\"2\"/>"
            ),
            Self::NotConnected => svg!(
                "not-connected",
                "<circle cx=\"8\" cy=\"8\" r=\"6\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-dasharray=\"2.6 2.1\"/>"
            ),
            Self::None => svg!(
                "none",
                "<circle cx=\"8\" cy=\"8\" r=\"6.5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/><path d=\"M5 8h6\" stroke=\"currentColor\" stroke-width=\"2\"/>"
            ),
            Self::Hidden => svg!(
                "hidden",
                "<path d=\"M1.5 6.5c3.5 5 9.5 5 13 0M4 9l-1.5 2.5M8 10.2V13M12 9l1.5 2.5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\"/>"
            ),
            Self::Lock => svg!(
                "lock",
                "<path d=\"M5 7V5a3 3 0 0 1 6 0v2\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/><rect x=\"3\" y=\"7\" width=\"10\" height=\"8\" rx=\"1\" fill=\"currentColor\"/>"
            ),
            Self::Alert => svg!(
                "alert",
                "<path d=\"M8 1L15.5 15H.5z\" fill=\"currentColor\"/><path d=\"M8 6v4M8 11.5v1.8\" class=\"icon-cut\" stroke-width=\"1.8\"/>"
            ),
            Self::Differs => svg!(
                "differs",
                "<path d=\"M2 5.5h12M2 10.5h12M11 1.5l-6 13\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>"
            ),
            Self::Tick => svg!(
                "tick",
                "<path d=\"M1.5 8.5l4 4 9-9\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.4\"/>"
            ),
            Self::Cross => svg!(
                "cross",
                "<path d=\"M2.5 2.5l11 11m0-11l-11 11\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.4\"/>"
            ),
            Self::Page => svg!(
                "page",
                "<path d=\"M3 1h7l3 3v11H3z\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\"/><path d=\"M5.5 7h5M5.5 9.5h5M5.5 12h3\" stroke=\"currentColor\" stroke-width=\"1.4\"/>"
            ),
            Self::Key => svg!(
                "key",
                "<circle cx=\"4.5\" cy=\"8\" r=\"3\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\"/><path d=\"M7.5 8h7.5v3M12 8v2.5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\"/>"
            ),
            Self::Onward => svg!(
                "onward",
                "<path d=\"M1 8h13M9 3l5 5-5 5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>"
            ),
            Self::Mark => svg!(
                "mark",
                "<path d=\"M0 3h16M2 3.5c0 4.5 2.6 8 6 8s6-3.5 6-8M4.8 3.5c0 2.8 1.3 5 3.2 5s3.2-2.2 3.2-5M7 3.5c0 1.2.4 2.2 1 2.2s1-1 1-2.2\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.3\"/>"
            ),
        }
    }
}
