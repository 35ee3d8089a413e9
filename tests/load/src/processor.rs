//! What processes cost, as the operating system counts it.

use std::collections::HashMap;
use std::fs;

use anyhow::Context as _;

/// A process whose cost is counted, with its children.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// What the report calls it: `server`, `database`.
    pub(crate) name: String,
    /// Its process id; for PostgreSQL the postmaster's.
    pub(crate) pid: u32,
}

impl std::str::FromStr for Watched {
    type Err = anyhow::Error;

    /// Reads `server=4711`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, pid) = text.split_once('=').context("write it as NAME=PID")?;
        Ok(Self {
            name: name.to_owned(),
            pid: pid.parse().context("the process id is not a number")?,
        })
    }
}

/// What a process and its children have used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// User and system time in milliseconds; ends of children that are gone included.
    pub(crate) cpu_ms: u64,
    /// Memory held now in KiB, shared pages counted once for each process.
    pub(crate) resident_kib: u64,
}

/// Reads what each watched process has used.
///
/// # Errors
/// If one of them is gone.
pub(crate) fn used(watched: &[Watched]) -> anyhow::Result<Vec<Used>> {
    let processes = processes()?;
    watched
        .iter()
        .map(|one| {
            let own = processes
                .get(&one.pid)
                .with_context(|| format!("the process {} is gone", one.name))?;
            let mut used = Used {
                cpu_ms: own.ticks_of_gone * MS_PER_TICK,
                resident_kib: 0,
            };
            for (pid, process) in &processes {
                if *pid == one.pid || descends(&processes, *pid, one.pid) {
                    used.cpu_ms += process.ticks * MS_PER_TICK;
                    used.resident_kib += process.resident_pages * 4;
                }
            }
            Ok(used)
        })
        .collect()
}

/// Linux counts in hundredths of a second wherever this runs (`getconf CLK_TCK`).
const MS_PER_TICK: u64 = 10;

struct Process {
    parent: u32,
    ticks: u64,
    ticks_of_gone: u64,
    resident_pages: u64,
}

fn descends(processes: &HashMap<u32, Process>, mut pid: u32, ancestor: u32) -> bool {
    while let Some(process) = processes.get(&pid) {
        if process.parent == ancestor {
            return true;
        }
        pid = process.parent;
    }
    false
}

fn processes() -> anyhow::Result<HashMap<u32, Process>> {
    let mut found = HashMap::new();
    for entry in fs::read_dir("/proc").context("this needs Linux's /proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may end while the list is read.
        if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat"))
            && let Some(process) = parse(&stat)
        {
            found.insert(pid, process);
        }
    }
    Ok(found)
}

/// Source: proc(5), /proc/pid/stat: fields 4 (ppid), 14–17 (times), 24 (rss).
fn parse(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Process {
        parent: u32::try_from(number(4)?).ok()?,
        ticks: number(14)? + number(15)?,
        ticks_of_gone: number(16)? + number(17)?,
        resident_pages: number(24)?,
    })
}

/// The load average of the last minute: how busy the machine was besides.
pub(crate) fn load_average() -> f64 {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .unwrap_or(f64::NAN)
}
