//! The devices page: everything that is on the network or was, and one device in detail.

mod absent;
mod act;
mod ask;
mod detail;
mod drill;
mod drop;
mod first_start;
mod keys;
mod page;
mod ready;
mod rows;
#[cfg(test)]
pub(super) mod sample;
mod sort;
mod table;
mod tags;
#[cfg(test)]
mod tests;
mod ticks;
mod wifi;

use std::collections::BTreeMap;
use std::path::PathBuf;

use skylift_protocol::Id;

pub use act::{act, hear, image_added, image_failed, see};
pub use drill::{Drills, Kept};
pub use drop::target as drop_target;
pub use page::draw;
pub use rows::{Row, Rows, firmware};
pub use sort::{Filter, SortBy};
pub use ticks::Ticks;
pub use wifi::{Move, Moves};

use self::rows::{Around, Wanted};
use super::state::Now;
use crate::engine::{DrillPlan, Snapshot, WifiEnd};

/// What the page shows beside the devices themselves.
#[derive(Debug, Default)]
pub struct View {
    /// What is searched for.
    pub search: String,
    /// Which devices are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: SortBy,
    /// Cursor and ticks.
    pub ticks: Ticks,
    /// The device whose details are open.
    pub open: Option<Id>,
    /// The width of the details in points, once the user has changed it.
    pub detail_width: Option<f32>,
    /// The tags of devices.
    pub tags: BTreeMap<String, Vec<String>>,
    /// What is typed to become a tag.
    pub new_tag: String,
    /// The last drills of devices.
    pub drills: Drills,
    /// Devices that move to another WiFi, or have.
    pub moves: Moves,
    /// The log of the open device.
    pub log: Option<Log>,
    /// The shown devices.
    pub rows: Rows,
    /// A simulated device was asked for, and its details are to be opened when it is there.
    pub expects_simulated: bool,
    /// A file was dropped onto this device: the next image of the library is for it.
    pub dropped_on: Option<Id>,
}

/// The tail of a device's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The device.
    pub device: Id,
    /// The lines, or why there are none; absent until the device has answered.
    pub text: Option<Result<String, String>>,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Typed a search.
    Search(String),
    /// Chose a filter.
    Filter(Filter),
    /// Chose an order; the same again turns it round.
    Sort(SortBy),
    /// Ticked a device, or unticked it.
    Tick(Id),
    /// Ticked everything from where a range began to this device.
    TickTo(Id),
    /// Ticked all that are shown, or unticked them.
    TickAll,
    /// Opened the details of a device.
    Open(Id),
    /// Closed them.
    CloseDetail,
    /// Made them wider or narrower, in points.
    DetailWidth(f32),
    /// Moved to another row, by so many.
    Move(i32),
    /// The same, and ticks what lies between.
    Extend(i32),
    /// Wants the network searched anew, and all devices asked again.
    SearchAgain,
    /// Wants to add a device by its address.
    Add,
    /// Goes to the boards on a cable.
    OpenUsb,
    /// Wants a simulated device.
    Simulate,
    /// Wants a simulated device switched off; asks.
    StopSimulated(Id),
    /// Wants devices updated: these, or else the ticked ones, or else the outdated ones.
    Update(Vec<Id>),
    /// Dropped a file onto a device.
    Drop(Id, PathBuf),
    /// Wants an image made that is a Jaguar device's own.
    MakeImage(Id),
    /// Wants a device to show itself.
    Identify(Id),
    /// Wants a device restarted; asks.
    Reboot(Id),
    /// Wants the other slot's image to run; asks.
    RollBack(Id),
    /// Wants the running image kept now; asks.
    Validate(Id),
    /// Wants another name for it.
    Rename(Id),
    /// Wants it on another WiFi.
    Wifi(Id),
    /// Has read how a move to another WiFi ended.
    CloseMove(Id),
    /// Wants it proven that a device rolls back; asks.
    PlanDrill(Id),
    /// Begins that.
    Drill(Id, Box<DrillPlan>),
    /// Wants it out of the list; asks.
    Forget(Id),
    /// Typed a tag.
    TypeTag(String),
    /// Gives a device the typed tag.
    AddTag(Id),
    /// Takes a tag from a device.
    TakeTag(Id, String),
    /// Wants the tail of its log.
    LoadLog(Id),
    /// Wants to see how its last update ended.
    ShowEnd(Id),
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The tags, by device.
    Tags(BTreeMap<String, Vec<String>>),
    /// The last drills, by device.
    Drills(BTreeMap<String, Kept>),
    /// A device's log, or why there is none.
    Log(Id, Result<String, String>),
    /// A simulated device was asked for, and there is none.
    NotSimulated,
    /// A device was added by its address.
    Added(Id),
    /// A drill can begin.
    DrillPlanned(Id, Box<DrillPlan>),
    /// A device has left its WiFi for another one.
    Left(Id, Move),
    /// A move to another WiFi has ended.
    WifiEnded(Id, WifiEnd),
}

impl View {
    /// Takes new devices and updates into the rows.
    pub fn refresh(&mut self, snapshot: &Snapshot, now: Now) {
        let around = Around { snapshot, tags: &self.tags, drills: &self.drills.kept, now };
        let wanted = Wanted { search: &self.search, filter: self.filter, sort: self.sort };
        self.rows.refresh(&around, wanted);
        self.ticks.on.retain(|id| snapshot.device(id).is_some());
        self.ticks.count(self.rows.shown().iter().map(|row| &row.device.id));
    }

    /// Opens the details of a simulated device that was asked for, once it is there.
    fn welcome(&mut self, simulated: &[Id], snapshot: &Snapshot) -> Option<Id> {
        let newest = simulated.last().filter(|_| self.expects_simulated)?;
        snapshot.device(newest)?.status.as_ref()?;
        self.expects_simulated = false;
        Some(newest.clone())
    }

    /// The ticked devices that are shown, in the order of the table.
    fn chosen(&self) -> Vec<Id> {
        self.rows.ids().into_iter().filter(|id| self.ticks.on.contains(id)).collect()
    }

    /// The tags of a device.
    #[must_use]
    pub fn tags_of(&self, device: &Id) -> &[String] {
        self.tags.get(device.as_str()).map_or(&[], Vec::as_slice)
    }
}
