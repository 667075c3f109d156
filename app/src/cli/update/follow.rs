//! Follows rollouts to their end: shows the devices, keeps what is waited for, and sums up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::signal::ctrl_c;
use tokio::time::sleep;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::View;
use super::choose::exit_of;
use super::summary::Summary;
use super::waiting::Keeper;
use crate::engine::{
    Command, End, Engine, Job, JobId, Member, MemberState, Preparation, Rollout, RolloutId, RolloutOrder,
    Snapshot, Target,
};
use crate::store::LastRollout;

/// Starts rollouts and follows them until each device has its result. `not_found` are devices that are in none.
pub(in crate::cli) async fn follow(
    engine: &Engine,
    orders: Vec<RolloutOrder>,
    not_found: Vec<Target>,
    mut view: View,
    session: &Session,
) -> Result<Exit, Failure> {
    let course = run_to_end(engine, orders, &mut view, session, |_| {}).await?;
    view.sum_up(&Summary::of(&course.rollouts(), &not_found), session);
    if !session.no_history {
        LastRollout::of(&course.rollouts(), &not_found).save(&session.data_dir)?;
    }
    Ok(course.exit().max(exit_of(&not_found)))
}

/// Rollouts at their end.
pub(super) struct Course {
    snapshot: Arc<Snapshot>,
    ids: Vec<RolloutId>,
    /// The user has cancelled what could be cancelled.
    pub(super) interrupted: bool,
}

impl Course {
    pub(super) fn rollouts(&self) -> Vec<&Rollout> {
        rollouts_of(&self.snapshot, &self.ids)
    }

    /// The worst end of a device.
    pub(super) fn exit(&self) -> Exit {
        let rollouts = self.rollouts();
        let ends = rollouts.iter().flat_map(|rollout| &rollout.members).filter_map(end_of);
        ends.map(Exit::from).max().unwrap_or(Exit::Done)
    }
}

/// Starts rollouts, and shows them until each device has its result. `look` sees their updates after each change.
pub(super) async fn run_to_end(
    engine: &Engine,
    orders: Vec<RolloutOrder>,
    view: &mut View,
    session: &Session,
    mut look: impl FnMut(&[&Arc<Job>]),
) -> Result<Course, Failure> {
    let mut keeper = Keeper::new(session, &orders)?;
    let mut ids = Vec::new();
    for order in orders {
        ids.push(engine.rollout(order).await.ok_or_else(stopped)?);
    }
    let mut told = Told::default();
    let mut snapshots = engine.snapshots();
    let mut interrupted = false;
    let mut interrupt = Box::pin(ctrl_c());
    // It is listened for before anything is said: who reads that may press it.
    if (&mut interrupt).now_or_never().is_some() {
        interrupt = Box::pin(ctrl_c());
    }
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        let rollouts = rollouts_of(&snapshot, &ids);
        let jobs: Vec<JobId> = snapshot.jobs.iter().map(|job| job.id).collect();
        view.show(&snapshot, &jobs, session);
        for (at, rollout) in rollouts.iter().enumerate() {
            // What is said is kept already.
            keeper.keep(at, rollout)?;
            told.tell(at, rollout, view, session);
        }
        look(&jobs_of(&snapshot, &rollouts));
        if rollouts.len() == ids.len() && rollouts.iter().all(|rollout| rollout.ended) {
            return Ok(Course { snapshot, ids, interrupted });
        }
        tokio::select! {
            changed = snapshots.changed() => changed.map_err(|_| stopped())?,
            // A deadline comes nearer without a word from anyone.
            () = sleep(Duration::from_secs(1)) => {}
            _ = &mut interrupt => {
                interrupt = Box::pin(ctrl_c());
                if interrupted {
                    view.note("quit; what the devices make of it is not known", session);
                    std::process::exit(Exit::Failed.code().into());
                }
                interrupted = true;
                view.note("cancelling; Ctrl-C again quits at once", session);
                ids.iter().for_each(|&rollout| engine.send(Command::CancelRollout { rollout }));
            }
        }
    }
}

fn stopped() -> Failure {
    Failure::new("the engine has stopped")
}

fn rollouts_of<'s>(snapshot: &'s Snapshot, ids: &[RolloutId]) -> Vec<&'s Rollout> {
    ids.iter().filter_map(|id| snapshot.rollout(*id).map(|rollout| &**rollout)).collect()
}

fn jobs_of<'s>(snapshot: &'s Snapshot, rollouts: &[&Rollout]) -> Vec<&'s Arc<Job>> {
    let ids = rollouts.iter().flat_map(|rollout| &rollout.members).filter_map(|member| member.job);
    ids.filter_map(|id| snapshot.job(id)).collect()
}

fn end_of(member: &Member) -> Option<&End> {
    match &member.state {
        MemberState::Ended(end) => Some(end),
        MemberState::Away | MemberState::Waiting | MemberState::Running => None,
    }
}

/// What has been told of the devices beside their jobs: that they are waited for, what they erase meanwhile, and how
/// those ended that had none.
#[derive(Default)]
struct Told {
    stages: HashMap<(usize, usize), Stage>,
    preparations: HashMap<(usize, usize), Preparation>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Away,
    Begun,
    Ended,
}

impl Told {
    fn tell(&mut self, rollout: usize, shown: &Rollout, view: &View, session: &Session) {
        for (at, member) in shown.members.iter().enumerate() {
            if let Some(preparation) = &member.preparation
                && self.preparations.insert((rollout, at), preparation.clone()).as_ref() != Some(preparation)
            {
                view.prepared(member, preparation, session);
            }
            let stage = match &member.state {
                MemberState::Away => Stage::Away,
                MemberState::Ended(End::Skipped | End::NotStarted(_)) => Stage::Ended,
                _ => Stage::Begun,
            };
            if self.stages.insert((rollout, at), stage) == Some(stage) {
                continue;
            }
            match (stage, end_of(member)) {
                (Stage::Away, _) => view.away(member, session),
                (Stage::Ended, Some(end)) => view.without_job(member, end, &shown.image.version, session),
                _ => {}
            }
        }
    }
}
