//! The tables: medians over the rounds, and ratios between servers round by round.

use std::collections::BTreeMap;

use super::contestants::Contestant;
use super::loads::{CrowdOutcome, Load, Outcome};

/// Everything measured, in the order of the rounds.
#[derive(Default)]
pub struct Report {
    outcomes: BTreeMap<Load, BTreeMap<Contestant, Vec<Outcome>>>,
}

impl Report {
    pub fn add(&mut self, load: Load, contestant: Contestant, outcome: Outcome) {
        self.outcomes.entry(load).or_default().entry(contestant).or_default().push(outcome);
    }

    /// A table for each load, then one for the goals.
    pub fn print(&self) {
        for (load, rows) in &self.outcomes {
            println!("\n{}:\n", capitalised(load.title()));
            match load {
                Load::One | Load::Eight => print_fast(rows),
                Load::Thousand | Load::Dead => print_crowd(rows),
            }
        }
        if !self.outcomes.is_empty() {
            self.print_ratios();
        }
    }

    fn print_ratios(&self) {
        println!(
            "\n| ratio, ours to theirs, median of the rounds | nginx | python | goal |\n|---|---|---|---|"
        );
        let row = |name: &str, load, figure: fn(&Outcome) -> f64, goal: &str| {
            let [nginx, python] = [Contestant::Nginx, Contestant::Python].map(|other| {
                self.ratio(load, other, figure).map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
            });
            println!("| {name} | {nginx} | {python} | {goal} |");
        };
        row("speed, one client", Load::One, speed, "≥ 1.0 × nginx");
        row("speed, 8 clients", Load::Eight, speed, "");
        row("CPU per GB, one client", Load::One, cpu, "");
        row("CPU per GB, 8 clients", Load::Eight, cpu, "");
        row("CPU per GB, 1,000 clients", Load::Thousand, cpu, "≤ 1.5 × nginx, ≤ 0.5 × python");
    }

    fn ratio(&self, load: Load, other: Contestant, figure: fn(&Outcome) -> f64) -> Option<f64> {
        let rows = self.outcomes.get(&load)?;
        let (ours, theirs) = (rows.get(&Contestant::Skylift)?, rows.get(&other)?);
        Some(median(ours.iter().zip(theirs).map(|(ours, theirs)| figure(ours) / figure(theirs))))
    }
}

fn print_fast(rows: &BTreeMap<Contestant, Vec<Outcome>>) {
    println!("| server | MB/s | CPU s/GB | memory growth MiB |\n|---|---|---|---|");
    for (contestant, outcomes) in rows {
        let of = |figure: fn(&Outcome) -> f64| median(outcomes.iter().map(figure));
        let megabytes = of(speed) / 1e6;
        println!("| {} | {megabytes:.0} | {:.2} | {:.1} |", contestant.name(), of(cpu), of(|it| it.growth));
    }
}

fn print_crowd(rows: &BTreeMap<Contestant, Vec<Outcome>>) {
    println!(
        "| server | byte-exact, each round | last finish / ideal | first byte p99 s | memory growth MiB | CPU s/GB |"
    );
    println!("|---|---|---|---|---|---|");
    for (contestant, outcomes) in rows {
        let crowds: Vec<CrowdOutcome> = outcomes.iter().filter_map(|it| it.crowd).collect();
        let exact: Vec<String> = crowds.iter().map(|it| it.exact.to_string()).collect();
        println!(
            "| {} | {} | {:.3} | {:.2} | {:.1} | {:.2} |",
            contestant.name(),
            exact.join(", "),
            median(crowds.iter().map(|it| it.finish)),
            median(crowds.iter().map(|it| it.first_byte)),
            median(outcomes.iter().map(|it| it.growth)),
            median(outcomes.iter().map(cpu)),
        );
    }
    println!("| goal for ours | all | ≤ 1.03 | | ≤ 16 | |");
}

fn speed(outcome: &Outcome) -> f64 {
    outcome.speed.unwrap_or_default()
}

fn cpu(outcome: &Outcome) -> f64 {
    outcome.cpu
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The middle one; of an even number the mean of the two.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
    f64::midpoint(low, high)
}
