//! Ports, in words.

use super::Bench;
use super::job::{End, Job};
use crate::gui::figures::percent;
use crate::gui::mark::{Grey, Look};
use crate::usb::ports::State;

/// How a port stands: a mark, and a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One of the usual marks.
    Marked(Look, String),
    /// A lock: this user may not use it.
    Locked,
}

/// How a port stands, for the list.
pub fn standing(bench: &Bench) -> Standing {
    if let Some(job) = &bench.job
        && let Some(standing) = of_job(job)
    {
        return standing;
    }
    match &bench.state {
        State::Ready => Standing::Marked(Look::Valid, "Ready".to_owned()),
        State::InUse { by: Some(holder) } if holder.is_us() => {
            Standing::Marked(Look::Valid, "Ready, read by the monitor".to_owned())
        }
        State::InUse { by: Some(holder) } => {
            Standing::Marked(Look::Grey(Grey::Refused), format!("In use by {}", holder.program))
        }
        State::InUse { by: None } => {
            Standing::Marked(Look::Grey(Grey::Refused), "In use by another program".to_owned())
        }
        State::NoPermission(_) => Standing::Locked,
        State::Gone => Standing::Marked(Look::Grey(Grey::Offline), "Not plugged in".to_owned()),
    }
}

fn of_job(job: &Job) -> Option<Standing> {
    let words = match (&job.end, job.percent()) {
        (None, Some(share)) => format!("{}, {}", job.doing.word(), percent(share)),
        (None, None) if job.is_written() => "Waiting for it".to_owned(),
        (None, None) => job.doing.word().to_owned(),
        (Some(End::Failed(_)), _) => return Some(Standing::Marked(Look::Failed, "Failed".to_owned())),
        (Some(_), _) => return None,
    };
    Some(Standing::Marked(Look::Updating, words))
}

/// What keeps a port from being used: a title, and what to do, in sentences.
#[must_use]
pub fn obstacle(bench: &Bench) -> Option<(String, Vec<String>)> {
    let path = bench.path();
    let title = match &bench.state {
        State::Ready => return None,
        State::InUse { by: Some(holder) } if holder.is_us() => return None,
        State::InUse { by: Some(holder) } => format!("{path} is in use by {holder}"),
        State::InUse { by: None } => format!("{path} is in use by another program"),
        State::NoPermission(_) => format!("You may not use {path} yet"),
        State::Gone => format!("Nothing is plugged in at {path}"),
    };
    Some((title, bench.state.advice()))
}

/// The commands in a sentence: what stands between backticks.
pub fn commands(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::ports::{Behind, Fix, Holder, Port};

    fn bench(state: State) -> Bench {
        Bench::new(Port::new("/dev/ttyUSB9", Behind::Unknown), state, false)
    }

    #[test]
    fn ports_say_how_they_stand() {
        let by = Some(Holder { program: "minicom".to_owned(), pid: 1 });
        let in_use = bench(State::InUse { by });
        assert_eq!(
            standing(&in_use),
            Standing::Marked(Look::Grey(Grey::Refused), "In use by minicom".to_owned())
        );
        let (title, advice) = obstacle(&in_use).unwrap();
        assert!(title.contains("minicom") && !advice.is_empty());
        assert_eq!(obstacle(&bench(State::Ready)), None);
    }

    #[test]
    fn the_fix_can_be_copied() {
        let fix = Fix::JoinGroup { group: "dialout".to_owned(), user: "ada".to_owned() };
        let locked = bench(State::NoPermission(fix));
        assert_eq!(standing(&locked), Standing::Locked);
        let (_, advice) = obstacle(&locked).unwrap();
        let commands: Vec<_> = advice.iter().flat_map(|advice| commands(advice)).collect();
        assert!(commands.contains(&"sudo usermod -aG dialout ada"), "{commands:?}");
    }
}
