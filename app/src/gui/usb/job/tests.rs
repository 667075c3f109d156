//! A job's steps, times and ends, without a window.

use super::*;

fn planned(parts: &[(Step, u64)]) -> Vec<Planned> {
    let plan = |&(step, bytes)| Planned { part: Part::Cable(step), about: String::new(), bytes };
    parts.iter().map(plan).collect()
}

fn flashing() -> Job {
    let mut steps = planned(&[
        (Step::Connect, 0),
        (Step::BackUp, 4 << 20),
        (Step::Bootloader, 20 << 10),
        (Step::App, 1000 << 10),
        (Step::BootSelection, 4 << 10),
        (Step::Restart, 0),
    ]);
    steps.push(Planned { part: Part::Contact, about: String::new(), bytes: 0 });
    Job::new(1, Doing::Flash, "porch".to_owned(), steps)
}

struct Hands {
    job: Job,
    now: Now,
}

impl Hands {
    fn new(job: Job) -> Self {
        Self { job, now: Now::read() }
    }

    /// After so many milliseconds, so many KiB of a step are through.
    fn at(&mut self, ms: u64, step: Step, done: u64, total: u64, unchanged: u64) -> &Job {
        self.now.steady += Duration::from_millis(ms);
        let [done, total, unchanged] = [done, total, unchanged].map(|kib| kib << 10);
        self.job.told(Told::Progress(Progress { step, done, total, unchanged }), self.now);
        &self.job
    }
}

#[test]
fn the_backup_is_counted_by_itself_and_what_is_written_together() {
    let mut hands = Hands::new(flashing());
    assert_eq!(hands.job.percent(), None);
    assert_eq!(hands.at(0, Step::Connect, 0, 1, 0).percent(), None);
    assert_eq!(hands.at(900, Step::BackUp, 1024, 4096, 0).percent(), Some(25));
    assert!(!hands.job.is_writing() && !hands.job.has_written());
    assert!(hands.job.cancel_means().contains("nothing is written"));
    assert_eq!(hands.at(900, Step::BackUp, 4096, 4096, 0).percent(), Some(100));
    // 20 of 1024 KiB.
    assert_eq!(hands.at(100, Step::Bootloader, 20, 20, 0).percent(), Some(1));
    assert_eq!(hands.at(100, Step::App, 492, 1000, 0).percent(), Some(50));
    assert!(hands.job.is_writing() && hands.job.has_written());
    assert!(hands.job.leaves().contains("may not start"));
    hands.at(100, Step::App, 1000, 1000, 0);
    hands.at(100, Step::BootSelection, 4, 4, 0);
    assert!(!hands.job.is_written(), "its last part still runs");
    hands.at(100, Step::Restart, 0, 0, 0);
    assert!(hands.job.is_written() && !hands.job.is_writing());
    assert!(hands.job.leaves().contains("Everything is written"));
}

#[test]
fn a_flash_that_held_the_same_is_not_changed() {
    let mut hands = Hands::new(flashing());
    hands.at(10, Step::Bootloader, 20, 20, 20);
    hands.at(10, Step::App, 64, 1000, 64);
    assert!(!hands.job.has_written());
    assert_eq!(hands.job.unchanged(), 84 << 10);
    assert!(hands.job.leaves().contains("as it was"));
}

#[test]
fn the_rate_is_that_of_the_last_seconds_without_what_was_there() {
    let mut hands = Hands::new(flashing());
    hands.at(0, Step::App, 0, 1000, 0);
    assert_eq!(hands.job.rate(), None, "one figure is no rate");
    hands.at(1000, Step::App, 100, 1000, 0);
    assert_eq!(hands.job.rate(), Some(102_400.0));
    // 924 of 1024 KiB are left, at 100 KiB/s.
    assert_eq!(hands.job.left().map(|left| left.as_millis()), Some(9240));
    for _ in 0..10 {
        hands.at(1000, Step::App, 200, 1000, 100);
    }
    assert_eq!(hands.job.rate(), Some(0.0));
    assert_eq!(hands.job.left(), None);
}

#[test]
fn baud_that_was_lowered_is_told_with_what_it_was() {
    let mut job = flashing();
    for baud in [921_600, 460_800] {
        job.told(Told::Baud(baud), Now::read());
    }
    assert_eq!(job.baud, Some((460_800, 921_600)));
}

#[test]
fn steps_that_nobody_planned_stand_where_they_happened() {
    let mut hands = Hands::new(flashing());
    hands.at(0, Step::Connect, 1, 1, 0);
    hands.at(0, Step::Read, 1, 1, 0);
    let parts: Vec<_> = hands.job.steps.iter().map(|step| step.plan.part.name()).collect();
    assert_eq!(parts[..3], ["Connect", "Read the board", "Back up"]);
    assert_eq!(hands.job.current().map(|step| step.plan.part), Some(Part::Cable(Step::Read)));
}
