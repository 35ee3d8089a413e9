//! Rows for people and for machines.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::measure::Row;

/// The rows as a Markdown table.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| operation | server | callers | done | errors | per second | p50 ms | p99 ms | CPU µs each | memory MiB | load |\n\
         |---|---|--:|--:|--:|--:|--:|--:|---|---|--:|\n",
    );
    for row in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.0} | {:.2} | {:.2} | {} | {} | {:.1} |",
            row.operation,
            row.contender,
            row.callers,
            row.done,
            row.errors,
            row.per_second,
            row.p50_ms,
            row.p99_ms,
            named(&row.cpu_us),
            named(&row.memory_mib),
            row.load_average,
        );
    }
    text
}

fn named(figures: &[(String, f64)]) -> String {
    let figures: Vec<String> = figures
        .iter()
        .map(|(name, figure)| format!("{name} {figure:.0}"))
        .collect();
    figures.join(" + ")
}

/// Adds one JSON line for each item to a file.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn append<T: Serialize>(path: &Path, items: &[T]) -> anyhow::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("{} can't be written", path.display()))?;
    for item in items {
        let mut line = serde_json::to_vec(item)?;
        line.push(b'\n');
        file.write_all(&line)?;
    }
    Ok(())
}

/// Reads a file of JSON lines.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).context("a line is not readable"))
        .collect()
}
