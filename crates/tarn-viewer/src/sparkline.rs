//! The geometry of a small graph: points and straight lines over proportional time, on a quiet
//! band for the usual range. All of it goes into SVG attributes; colour comes from classes.

use askama::Template;
use tarn_model::Timestamp;

/// One measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// How much.
    pub value: f64,
}

/// Width of the drawing, in SVG units.
pub const WIDTH: f64 = 120.0;
/// Height of the drawing, in SVG units.
pub const HEIGHT: f64 = 40.0;
const MARGIN: f64 = 5.0;

/// A small graph.
///
/// Source: CUI GTAB-001 (points), -084 (time on x, proportional), -166 (straight lines), -072 (not
/// zoomed to fill), -174 to -184 (usual range as a quiet area).
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "sparkline.html")]
pub struct Sparkline {
    /// Points of the line, oldest first: x and y in SVG units.
    pub points: Vec<(f64, f64)>,
    /// Top and height of the range band.
    pub band: Option<(f64, f64)>,
}

impl Sparkline {
    /// Draws at least two points, oldest first. `None` with fewer.
    ///
    /// The scale always holds the usual range and half its width around it, or starts at zero
    /// where there is no range, so that a small change never looks like a cliff.
    #[must_use]
    pub fn new(points: &[Point], low: Option<f64>, high: Option<f64>) -> Option<Self> {
        let (first, last) = (points.first()?, points.last()?);
        if points.len() < 2 {
            return None;
        }
        let (bottom, top) = scale(points, low, high)?;
        let height = |value: f64| MARGIN + (HEIGHT - 2.0 * MARGIN) * (top - value) / (top - bottom);
        let whole = seconds(first.at, last.at);
        let across = |at: Timestamp| {
            // Values of one moment share a place on the right, where the newest belongs.
            let part = if whole > 0.0 {
                seconds(first.at, at) / whole
            } else {
                1.0
            };
            MARGIN + (WIDTH - 2.0 * MARGIN) * part
        };
        let band = match (low, high) {
            (None, None) => None,
            (low, high) => {
                let upper = height(high.unwrap_or(top).min(top));
                let lower = height(low.unwrap_or(bottom).max(bottom));
                (lower > upper).then_some((upper, lower - upper))
            }
        };
        Some(Self {
            points: points
                .iter()
                .map(|point| (across(point.at), height(point.value)))
                .collect(),
            band,
        })
    }

    /// The line's points as the `points` attribute has them.
    #[must_use]
    pub fn polyline(&self) -> String {
        let pairs: Vec<String> = self
            .points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        pairs.join(" ")
    }

    /// The points with whether each is the newest, for drawing the marks.
    #[must_use]
    pub fn marks(&self) -> Vec<(String, String, &'static str)> {
        let last = self.points.len().saturating_sub(1);
        let marks = self.points.iter().enumerate();
        marks
            .map(|(at, (x, y))| {
                (
                    format!("{x:.1}"),
                    format!("{y:.1}"),
                    if at == last { "3" } else { "1.5" },
                )
            })
            .collect()
    }

    /// The band's top and height as attributes.
    #[must_use]
    pub fn band_attributes(&self) -> Option<(String, String)> {
        self.band
            .map(|(top, height)| (format!("{top:.1}"), format!("{height:.1}")))
    }
}

fn scale(points: &[Point], low: Option<f64>, high: Option<f64>) -> Option<(f64, f64)> {
    let around = match (low, high) {
        (Some(low), Some(high)) if high >= low => (high - low) / 2.0,
        _ => 0.0,
    };
    let values = points.iter().map(|point| point.value);
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    let bottom = match low {
        Some(low) => least.min(low - around),
        None => least.min(0.0),
    };
    let top = most.max(high.map_or(most, |high| high + around));
    (bottom.is_finite() && top.is_finite()).then_some(())?;
    Some(if top > bottom {
        (bottom, top)
    } else {
        (bottom - 1.0, top + 1.0)
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a drawing 120 units wide needs no more than f64"
)]
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.seconds_since(from) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::now;

    fn points(values: &[(i64, f64)]) -> Vec<Point> {
        let point = |(hours, value): &(i64, f64)| Point {
            at: now().plus_seconds(hours * 3600),
            value: *value,
        };
        values.iter().map(point).collect()
    }

    #[test]
    fn gtab_084_time_is_proportional_and_newest_is_right() {
        let drawn = Sparkline::new(&points(&[(0, 1.0), (1, 2.0), (4, 3.0)]), None, None).unwrap();
        let x: Vec<f64> = drawn.points.iter().map(|(x, _)| *x).collect();
        assert!(((x[1] - x[0]) * 3.0 - (x[2] - x[1])).abs() < 1e-6);
        assert!((x[2] - (WIDTH - MARGIN)).abs() < 1e-6);
        assert_eq!(Sparkline::new(&points(&[(0, 1.0)]), None, None), None);
    }

    #[test]
    fn gtab_072_a_small_change_does_not_fill_the_height() {
        let drawn = Sparkline::new(&points(&[(0, 100.0), (1, 101.0)]), None, None).unwrap();
        assert!((drawn.points[0].1 - drawn.points[1].1).abs() < 1.0);
        let drawn = Sparkline::new(&points(&[(0, 4.9), (1, 5.0)]), Some(3.5), Some(5.3)).unwrap();
        assert!((drawn.points[0].1 - drawn.points[1].1).abs() < 2.0);
    }

    #[test]
    fn the_drawing_has_no_style_attribute() {
        let drawn = Sparkline::new(&points(&[(0, 1.0), (1, 2.0)]), Some(0.0), Some(3.0)).unwrap();
        let svg = drawn.render().unwrap();
        assert!(
            svg.contains("<polyline") && !svg.contains("style="),
            "{svg}"
        );
    }

    proptest::proptest! {
        #[test]
        fn everything_stays_inside_and_bigger_is_higher(
            values in proptest::collection::vec((0i64..1_000, -1e6f64..1e6), 2..20),
            range in proptest::option::of((-1e3f64..1e3, 0f64..1e3)),
        ) {
            let mut values = values;
            values.sort_by_key(|(hours, _)| *hours);
            let (low, high) = (range.map(|(low, _)| low), range.map(|(low, width)| low + width));
            let drawn = Sparkline::new(&points(&values), low, high).unwrap();
            for (x, y) in &drawn.points {
                assert!((0.0..=WIDTH).contains(x) && (0.0..=HEIGHT).contains(y), "{x} {y}");
            }
            for (a, b) in values.iter().zip(values.iter().skip(1)).enumerate().map(|(at, (a, b))| ((at, a.1), (at + 1, b.1))) {
                if a.1 < b.1 {
                    assert!(drawn.points[a.0].1 >= drawn.points[b.0].1);
                }
            }
            if let Some((top, height)) = drawn.band {
                assert!(top >= 0.0 && height > 0.0 && top + height <= HEIGHT);
            }
        }
    }
}
