//! Keeps the devices that a rollout waits for, so that another run can go on waiting.

use std::collections::HashSet;

use super::super::failure::Failure;
use super::super::session::Session;
use crate::engine::{End, Member, MemberState, NotStarted, Rollout, RolloutOrder, Stopped, Wanted};
use crate::image::Image;
use crate::image::library::Library;
use crate::store::{WaitingDevice, WaitingList};

/// Writes the list as the rollouts go on.
pub(super) struct Keeper {
    list: WaitingList,
    library: Library,
    orders: Vec<RolloutOrder>,
    kept: HashSet<(usize, String)>,
}

impl Keeper {
    pub(super) fn new(session: &Session, orders: &[RolloutOrder]) -> Result<Self, Failure> {
        let list = WaitingList::new(&session.data_dir);
        let mut kept = HashSet::new();
        for (at, order) in orders.iter().enumerate().filter(|(_, order)| order.when_back) {
            // Those that are on it from an earlier run are taken off it by this one.
            let listed = list.load()?.into_iter();
            let same_image = listed.filter(|device| device.file_sha256 == order.image.file_sha256);
            kept.extend(same_image.map(|device| (at, device.target)));
        }
        Ok(Self { list, library: Library::new(&session.data_dir), orders: orders.to_vec(), kept })
    }

    /// Who is away is put on the list before anybody waits, and taken off with its result: a program that is killed in
    /// between leaves it there.
    pub(super) fn keep(&mut self, at: usize, rollout: &Rollout) -> Result<(), Failure> {
        let Some(order) = self.orders.get(at) else { return Ok(()) };
        for member in rollout.members.iter().filter(|_| order.when_back) {
            let target = member.target.to_string();
            if member.state == MemberState::Away {
                if self.kept.insert((at, target)) {
                    // The bytes first: who is on the list has an image.
                    self.library.add(&order.image, None, &source_of(&order.image))?;
                    let wanted = Wanted { target: member.target.clone(), id: member.device.clone() };
                    self.list.add(WaitingDevice::new(&wanted, order))?;
                }
            } else if has_result(member) && self.kept.remove(&(at, target.clone())) {
                self.list.remove(&target, order.image.file_sha256)?;
            }
        }
        Ok(())
    }
}

/// Where the image came from, for people.
fn source_of(image: &Image) -> String {
    std::path::absolute(&image.path).unwrap_or_else(|_| image.path.clone()).display().to_string()
}

/// Whether it is waited for no more. Who cancels the waiting can go on with it later.
fn has_result(member: &Member) -> bool {
    match &member.state {
        MemberState::Ended(End::NotStarted(NotStarted::Stopped(Stopped::Cancelled))) => false,
        MemberState::Ended(_) => true,
        MemberState::Away | MemberState::Waiting | MemberState::Running => false,
    }
}
