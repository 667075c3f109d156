//! Devices that a rollout of the window waits for: kept in the data folder, so that waiting can go on another time.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch::Receiver;

use super::Outbox;
use crate::engine::{
    End, Member, MemberState, NotStarted, RolloutId, RolloutOrder, Snapshot, Stopped, Wanted,
};
use crate::store::{KeptError, WaitingDevice, WaitingList};

/// Puts who is away on the list, and takes it off with its result; until the rollout ends, or the engine does.
pub(super) async fn keep(
    list: WaitingList,
    order: RolloutOrder,
    id: RolloutId,
    mut snapshots: Receiver<Arc<Snapshot>>,
    outbox: Outbox,
) {
    let mut kept = BTreeSet::new();
    loop {
        let rollout = snapshots.borrow_and_update().rollout(id).cloned();
        if let Some(rollout) = rollout {
            let noted = tokio::task::block_in_place(|| {
                rollout.members.iter().try_for_each(|member| note(&list, &order, member, &mut kept))
            });
            if let Err(error) = noted {
                outbox.failed("Who is waited for is not kept", &error);
                return;
            }
            if rollout.ended {
                return;
            }
        }
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

fn note(
    list: &WaitingList,
    order: &RolloutOrder,
    member: &Member,
    kept: &mut BTreeSet<String>,
) -> Result<(), KeptError> {
    let target = member.target.to_string();
    match &member.state {
        MemberState::Away if kept.insert(target) => {
            let wanted = Wanted { target: member.target.clone(), id: member.device.clone() };
            list.add(WaitingDevice::new(&wanted, order))
        }
        // Who stops the waiting can go on with it later.
        MemberState::Ended(End::NotStarted(NotStarted::Stopped(Stopped::Cancelled))) => Ok(()),
        MemberState::Ended(_) if kept.remove(&member.target.to_string()) => {
            list.remove(&member.target.to_string(), order.image.file_sha256)
        }
        _ => Ok(()),
    }
}
