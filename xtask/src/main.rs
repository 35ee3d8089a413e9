//! The command line: `cargo xtask check | test | trace | generate`.

use std::process::ExitCode;

use xtask::workspace::Workspace;
use xtask::{check, generated, suites, trace};

const USAGE: &str = "cargo xtask check [--only STEP]… [--list] [--root DIR]
cargo xtask test [--only SUITE]… [--keep]
cargo xtask trace
cargo xtask generate";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<bool> {
    let (command, rest) = match arguments {
        [command, rest @ ..] => (command.as_str(), rest),
        [] => ("", [].as_slice()),
    };
    let flags = Flags::read(rest)?;
    let workspace = flags.root.map_or_else(Workspace::of_this_program, |root| {
        Workspace::at(root.into())
    });
    match command {
        "check" if flags.list => {
            for (name, does) in check::STEPS {
                println!("{name:<11} {does}");
            }
            Ok(true)
        }
        "check" => {
            let tally = check::run(&workspace, &flags.only)?;
            println!("{} passed, {} failed", tally.passed, tally.failed);
            Ok(tally.failed == 0)
        }
        "test" => suites::run(
            &workspace,
            &suites::Options {
                only: flags.only,
                keep: flags.keep,
            },
        ),
        "trace" => {
            for file in generated::write(&workspace)? {
                println!("wrote {file}");
            }
            let problems = trace::problems(&workspace, None)?;
            for problem in &problems {
                println!("{problem}");
            }
            let [planned, partly, done] = trace::standing(&workspace)?;
            println!("needs: {done} done, {partly} partly, {planned} planned");
            Ok(problems.is_empty())
        }
        "generate" => {
            for file in generated::write(&workspace)? {
                println!("wrote {file}");
            }
            Ok(true)
        }
        _ => anyhow::bail!("{USAGE}"),
    }
}

#[derive(Default)]
struct Flags {
    only: Vec<String>,
    keep: bool,
    list: bool,
    root: Option<String>,
}

impl Flags {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut flags = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .cloned()
                    .ok_or_else(|| anyhow::anyhow!("{word} needs a value\n{USAGE}"))
            };
            match word.as_str() {
                "--only" => flags.only.push(value()?),
                "--root" => flags.root = Some(value()?),
                "--keep" => flags.keep = true,
                "--list" => flags.list = true,
                _ => anyhow::bail!("unknown: {word}\n{USAGE}"),
            }
        }
        Ok(flags)
    }
}
