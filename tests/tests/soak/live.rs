//! Lives a round: updates, faults and hands at devices; each verdict goes to the oracle.

use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{Happening, Job, JobId, Step, Timing, UpdateOptions, Verdict};
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::host::{self, Host, words};
use skylift_tests::wait::until;

use crate::images::{Picture, SIZES};
use crate::judge::judge;
use crate::killed;
use crate::oracle::{Words, Wrong};
use crate::round::{Deed, Hand, Plot, Round, Sending, Table, Way};
use crate::subject::Subject;
use crate::tally::{Kind, Update};
use crate::truth::{Boots, Truth};

/// Tries that the update after a round has: the round's faults may still strike.
const PROOFS: usize = 3;
/// What a device that lost power may have to fetch again at most.
const BLOCK: u32 = 64 << 10;

/// An engine with short times, but long enough for dozens of devices on two cores.
pub fn app() -> Host {
    let seconds = Duration::from_secs;
    let (silence, comeback, standstill) = (seconds(20), seconds(30), seconds(40));
    Host::new(Timing { silence, comeback, standstill, ..host::short_times() })
}

/// Lets devices fetch, or has them pushed to by naming an address where nobody listens.
pub fn options(way: Way) -> UpdateOptions {
    let host_address = (way == Way::Push).then(|| "127.0.0.1:1".parse().unwrap());
    UpdateOptions { host_address, ..UpdateOptions::default() }
}

/// An update that has ended.
pub struct Ended {
    pub words: Words<'static>,
    pub truth: Truth,
    pub kinds: Vec<Kind>,
    pub job: Job,
}

impl Ended {
    pub fn counted(self, twice: Option<u32>) -> Update {
        Update { kinds: self.kinds, words: self.words, twice }
    }
}

impl Round {
    /// What came of it. Whatever it was, the device takes the next update in the end.
    pub fn live(&self) -> Result<Vec<Update>, Wrong> {
        match self.plot {
            Plot::Rollout(sending, devices) => return crate::fleet::roll_out(self, sending, devices),
            Plot::Unfit(unfit) => return unfit.live(),
            Plot::Once(..) | Plot::Again(..) | Plot::Away(..) => {}
        }
        let mut subject = Subject::new(self.nature);
        let updates = match self.plot {
            Plot::Again(sending, Hand { deed: Deed::Kill, at }, again) => {
                killed::live(&mut subject, sending, at, again)?
            }
            Plot::Away(sending, at) => vec![go_away(&mut subject, sending, at)?],
            Plot::Again(sending, hand, again) => cancelled(&mut subject, sending, hand, again)?,
            Plot::Once(sending, hand) => {
                let new = sending.picture();
                vec![send(&app(), &mut subject, &new, sending.way, hand)?.counted(None)]
            }
            Plot::Rollout(..) | Plot::Unfit(_) => Vec::new(),
        };
        prove(subject)?;
        Ok(updates)
    }
}

impl Sending {
    pub fn picture(&self) -> Arc<Picture> {
        Picture::of("2.0.0", self.behaviour, self.size)
    }
}

/// An update that is cancelled; then another app sends the same image, perhaps by another way.
fn cancelled(subject: &mut Subject, first: Sending, hand: Hand, way: Way) -> Result<Vec<Update>, Wrong> {
    let new = first.picture();
    let ended = send(&app(), subject, &new, first.way, Some(hand))?;
    let again = app();
    let (second, twice) = send_again(&again, subject, &new, way, &ended.truth)?;
    Ok(vec![ended.counted(None), second.counted(twice)])
}

/// An update whose device goes out of sight, until it counts as lost, and comes back: then the verdict is corrected.
fn go_away(subject: &mut Subject, sending: Sending, at: u64) -> Result<Update, Wrong> {
    let silence = Duration::from_millis(1500);
    let app = Host::new(Timing { silence, comeback: silence, ..host::short_times() });
    let new = sending.picture();
    subject.begin(sending.way);
    let job = app.begin(&subject.device, &new.bytes, options(sending.way));
    let hand = Hand { deed: Deed::PowerOff, at: subject.device.flash_operations() + at };
    let done = follow(&app, subject, job, Some(hand));
    let lost = |verdict: &Verdict| matches!(verdict, Verdict::Lost { .. });
    if done.is_some() {
        subject.device.power_on();
    }
    let verdict = until("the verdict is corrected", || app.job(job).verdict.filter(|it| !lost(it)));
    let (_, kinds) = judge(subject, &new, sending.way, done, words(&verdict))?;
    Ok(Update { kinds, words: words(&verdict), twice: None })
}

/// Sends an image that a device may have a part of, and measures how much of that it fetches twice.
pub fn send_again(
    app: &Host,
    subject: &mut Subject,
    new: &Arc<Picture>,
    way: Way,
    before: &Truth,
) -> Result<(Ended, Option<u32>), Wrong> {
    let has = subject.arrived(new);
    // With a bit flipped somewhere it cannot be told how much has arrived, and what was found damaged is not kept.
    let damaged = subject.may_have_flipped() || subject.has_silent_fault() || subject.found_damage;
    let sent = send(app, subject, new, way, None)?;
    let untried = before.lived.restarts == 0 && before.boots == Boots::Before;
    let resumable = untried && !damaged && subject.nature.table == Table::Own;
    if !resumable || !sent.job.steps().any(|step| step == Step::Offered) {
        return Ok((sent, None));
    }
    let from = first_resumed(&sent.job);
    match has.checked_sub(from) {
        Some(twice) if twice <= BLOCK => Ok((sent, Some(twice))),
        _ => Err(Wrong::Verdict(format!("it has {has} bytes of the image, and goes on at {from}"))),
    }
}

/// From where the device went on when it first took the order.
fn first_resumed(job: &Job) -> u32 {
    let first = job.history.iter().take_while(|it| **it != Happening::PowerLost);
    let from = first.filter_map(|happening| match happening {
        Happening::Resumed(from) => Some(*from),
        _ => None,
    });
    from.last().unwrap_or(0)
}

/// One update, from its beginning to a verdict that is right.
pub fn send(
    app: &Host,
    subject: &mut Subject,
    new: &Arc<Picture>,
    way: Way,
    hand: Option<Hand>,
) -> Result<Ended, Wrong> {
    subject.begin(way);
    let before = subject.device.flash_operations();
    let job = app.begin(&subject.device, &new.bytes, options(way));
    let done = follow(app, subject, job, hand.map(|hand| Hand { at: before + hand.at, ..hand }));
    let job = app.job(job);
    let words = words(job.verdict.as_ref().unwrap());
    let judged = judge(subject, new, way, done, words);
    let (truth, kinds) = judged.map_err(|wrong| wrong.of(&job))?;
    Ok(Ended { words, truth, kinds, job })
}

/// Waits for a verdict, and lends a hand when its moment comes; the deed, if it was done.
fn follow(app: &Host, subject: &mut Subject, job: JobId, mut hand: Option<Hand>) -> Option<Deed> {
    let mut done = None;
    until("the update has a verdict", || {
        if app.job(job).verdict.is_some() {
            return Some(());
        }
        if let Some(Hand { deed, .. }) = hand.take_if(|it| subject.device.flash_operations() >= it.at) {
            match deed {
                Deed::CutPower => subject.device.cut_power(),
                Deed::PressReset => subject.press_reset(),
                Deed::PowerOff => subject.device.power_off(),
                Deed::Cancel => app.cancel(job),
                Deed::Kill => {}
            }
            done = Some(deed);
        }
        None
    });
    done
}

/// The device takes the next update: at once if it can, or when the round's faults are used up. One that lies has to
/// be talked out of it first.
pub fn prove(subject: Subject) -> Result<(), Wrong> {
    let mut subject = if subject.nature.faults.lies { subject.repaired() } else { subject };
    let next = Picture::of("3.0.0", Behaviour::Healthy, SIZES[1]);
    let app = app();
    let mut ends = Vec::new();
    for _ in 0..PROOFS {
        let ended = send(&app, &mut subject, &next, Way::Pull, None)?;
        if ended.words.0 == "validated" {
            return Ok(());
        }
        ends.push(ended.words);
    }
    Err(Wrong::Bricked(format!("it does not take the next update: {ends:?}")))
}
