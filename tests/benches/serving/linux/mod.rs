//! What is run, in which order.

mod contestants;
mod crowd;
mod honesty;
mod loads;
mod machine;
mod report;
mod skylift_role;
mod streams;
mod watched;

use std::process::ExitCode;

use contestants::{Contestant, Site};
use loads::Load;
use report::Report;

/// How often everything is repeated, the servers in turn.
const ROUNDS: usize = 3;

/// What is to be run.
struct Plan {
    rounds: usize,
    quick: bool,
    contestants: Vec<Contestant>,
    loads: Vec<Load>,
    honesty: bool,
}

impl Plan {
    /// A kind of word that does not occur leaves all of its kind in.
    fn of(words: &[String]) -> Self {
        let said = |word: &str| words.iter().any(|it| it == word);
        let quick = said("quick");
        let mut contestants = Contestant::ALL.to_vec();
        if Contestant::ALL.iter().any(|it| said(it.word())) {
            contestants.retain(|it| said(it.word()));
        }
        let mut loads = Load::ALL.to_vec();
        let some = said("honesty") || Load::ALL.iter().any(|it| said(it.word()));
        if some {
            loads.retain(|it| said(it.word()));
        }
        let rounds = if quick { 1 } else { ROUNDS };
        Self { rounds, quick, contestants, loads, honesty: !some || said("honesty") }
    }
}

/// Runs the benchmark, or is one of its servers.
pub fn main() -> ExitCode {
    if let Some(exit) = skylift_role::run_if_asked() {
        return exit;
    }
    skylift::open_files::raise_limit();
    let words: Vec<String> = std::env::args().skip(1).collect();
    run(Plan::of(&words));
    ExitCode::SUCCESS
}

fn run(mut plan: Plan) {
    let site = Site::new(plan.quick);
    println!("{}\n", machine::line());
    plan.contestants.retain(|contestant| match contestant.version() {
        Some(version) => {
            println!("- {}: {version}", contestant.name());
            true
        }
        None => {
            println!("- {}: not on this machine, left out", contestant.name());
            false
        }
    });
    let mut report = Report::default();
    for round in 1..=plan.rounds {
        for &load in &plan.loads {
            for &contestant in plan.contestants.iter().filter(|it| load.is_for(**it)) {
                eprintln!("round {round} of {}: {}, {}", plan.rounds, load.title(), contestant.name());
                report.add(load, contestant, load.run(contestant, &site, plan.quick));
            }
        }
    }
    report.print();
    if plan.honesty {
        eprintln!("honesty of the progress shown");
        honesty::run(&site).print();
    }
}
