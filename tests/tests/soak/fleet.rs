//! Rollouts: one image for a few devices, each with faults of its own. Each has one result, and that is right.

use std::path::Path;
use std::sync::Arc;

use skylift::engine::{Canary, End, Limits, MemberState, Rollout, RolloutOrder, Wanted};
use skylift::image::Image;
use skylift_tests::host::{Host, words};
use skylift_tests::wait::until;

use crate::images::Picture;
use crate::judge::judge;
use crate::live::{app, options, prove};
use crate::oracle::Wrong;
use crate::round::{Round, Sending};
use crate::subject::Subject;
use crate::tally::{Kind, Update};
use crate::truth::{Boots, Lived};

/// A rollout to so many devices, and what came of each.
pub fn roll_out(round: &Round, sending: Sending, devices: usize) -> Result<Vec<Update>, Wrong> {
    let new = sending.picture();
    let natures = round.natures(devices, sending.size);
    let mut subjects: Vec<Subject> = natures.into_iter().map(Subject::new).collect();
    let app = app();
    let order = order(&app, round, sending, &new, &subjects);
    subjects.iter_mut().for_each(|subject| subject.begin(sending.way));
    let ended = run(&app, order);
    let mut updates = Vec::new();
    for (subject, member) in subjects.iter_mut().zip(&ended.members) {
        match &member.state {
            MemberState::Ended(End::Verdict(verdict)) => {
                let (_, mut kinds) = judge(subject, &new, sending.way, None, words(verdict))?;
                kinds.push(Kind::Rollout);
                updates.push(Update { kinds, words: words(verdict), twice: None });
            }
            MemberState::Ended(End::NotStarted(_)) => untouched(subject, &new)?,
            state => return Err(Wrong::Verdict(format!("the rollout has ended, and a device is {state:?}"))),
        }
    }
    drop(app);
    subjects.into_iter().try_for_each(prove)?;
    Ok(updates)
}

fn order(app: &Host, round: &Round, sending: Sending, new: &Picture, subjects: &[Subject]) -> RolloutOrder {
    let mut rng = fastrand::Rng::with_seed(round.seed);
    let wanted = |subject: &Subject| Wanted {
        target: Host::target(&subject.device),
        id: Some(app.find(&subject.device).id.clone()),
    };
    RolloutOrder {
        image: Arc::new(Image::from_bytes(Path::new("ota.bin"), new.bytes.clone()).unwrap()),
        options: options(sending.way),
        limits: Limits { parallel: rng.usize(1..=3), stop_after: rng.bool().then_some(2) },
        canary: if rng.bool() { Canary::First(1) } else { Canary::Nobody },
        only_outdated: false,
        when_back: false,
        erase_ahead: false,
        devices: subjects.iter().map(wanted).collect(),
    }
}

fn run(app: &Host, order: RolloutOrder) -> Arc<Rollout> {
    let id = app.rollout(order);
    until("the rollout ends", || {
        let snapshot = app.engine.snapshot();
        snapshot.rollout(id).filter(|rollout| rollout.ended).map(Arc::clone)
    })
}

/// A device whose turn did not come has not even been asked.
fn untouched(subject: &mut Subject, new: &Arc<Picture>) -> Result<(), Wrong> {
    let truth = subject.truth(new)?;
    let as_it_was = (Boots::Before, true, Lived::default());
    if (truth.boots, truth.kept, truth.lived) == as_it_was {
        return Ok(());
    }
    Err(Wrong::Verdict(format!("its update did not begin, but: {truth:?}")))
}
