//! Which devices the table shows, and in which order. Pure: snapshots go in, rows come out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use skylift_protocol::{Id, ValidationState};

use super::drill::Kept;
use super::ready::{Batch, Ready, batch};
use super::sort::{Filter, SortBy, fingerprint, order};
use crate::engine::{Access, Device, Job, JobId, Presence, Snapshot, Stock, printable};
use crate::gui::mark::Mark;
use crate::gui::state::Now;

/// A device in the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The device.
    pub device: Arc<Device>,
    /// Its last update of this session.
    pub job: Option<Arc<Job>>,
    /// Its state.
    pub mark: Mark,
    /// What could be sent to it.
    pub ready: Option<Ready>,
}

impl Row {
    fn new(device: &Arc<Device>, job: Option<&Arc<Job>>, around: &Around<'_>) -> Self {
        let mark = match Mark::of(device, job.map(Arc::as_ref)) {
            Mark::Pending(None) => Mark::Pending(deadline(device, around.now)),
            // It was to roll back.
            Mark::RolledBack if around.drill(device).is_some_and(|drill| drill.is_last_end_of(device)) => {
                Mark::Valid
            }
            mark => mark,
        };
        let ready = Ready::of(device, &around.snapshot.stock.shelf);
        Self { device: Arc::clone(device), job: job.cloned(), mark, ready }
    }

    /// Where it stands in the order of states; who was not seen since the window was opened stands last.
    pub(super) fn rank(&self) -> u8 {
        let only_known = self.mark == Mark::Offline && self.device.status.is_none();
        if only_known { u8::MAX } else { self.mark.rank() }
    }

    /// Whether it is a Jaguar device: most of what can be asked of others it does not know.
    #[must_use]
    pub fn is_jaguar(&self) -> bool {
        self.device.family.jaguar().is_some()
    }

    /// Whether a newer image is ready for it, and it is not being updated.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        !self.is_busy() && self.ready.as_ref().is_some_and(Ready::is_newer)
    }

    /// The update of this session whose end is the last one that the device tells.
    #[must_use]
    pub fn job_of_last_end(&self) -> Option<JobId> {
        let job = self.job.as_ref().filter(|job| job.verdict.is_some())?;
        let end = self.device.status.as_ref()?.last_end.as_ref()?;
        (end.image_sha256 == Some(job.image.image_sha256)).then_some(job.id)
    }

    /// Why nothing can be asked of it now, if so.
    #[must_use]
    pub fn deaf(&self) -> Option<&'static str> {
        match (self.device.presence, self.device.access) {
            (Presence::Offline, Some(Access::NotProven)) => {
                Some("Who answers has not proven to be this device")
            }
            (Presence::Offline, _) => Some("The device does not answer"),
            _ => self.closed(),
        }
    }

    /// Why it takes no orders from here, if so.
    #[must_use]
    pub fn closed(&self) -> Option<&'static str> {
        self.device.access.filter(|access| access.is_closed()).map(Access::sentence)
    }

    /// Whether an update of it has not ended yet.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.mark.is_updating() || matches!(self.mark, Mark::Pending(_))
    }
}

/// What rows are made of, beside the devices.
pub(super) struct Around<'v> {
    pub(super) snapshot: &'v Snapshot,
    pub(super) tags: &'v BTreeMap<String, Vec<String>>,
    pub(super) drills: &'v BTreeMap<String, Kept>,
    pub(super) now: Now,
}

impl Around<'_> {
    fn drill(&self, device: &Device) -> Option<&Kept> {
        self.drills.get(device.id.as_str())
    }
}

/// What the user wants to see, and in which order.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'v> {
    pub(super) search: &'v str,
    pub(super) filter: Filter,
    pub(super) sort: SortBy,
}

/// The rows, kept from one snapshot to the next.
#[derive(Debug, Default)]
pub struct Rows {
    all: Vec<Arc<Row>>,
    shown: Vec<Arc<Row>>,
    counts: HashMap<Filter, usize>,
    batch: Batch,
    silent_since: Vec<SystemTime>,
    stock: Arc<Stock>,
    /// What the order was made of: only a change of that makes another one.
    order: u64,
}

impl Rows {
    /// The rows that search and filter leave, in order.
    #[must_use]
    pub fn shown(&self) -> &[Arc<Row>] {
        &self.shown
    }

    /// Every row, by the device's id.
    #[must_use]
    pub(super) fn all(&self) -> &[Arc<Row>] {
        &self.all
    }

    /// The devices of those rows.
    #[must_use]
    pub fn ids(&self) -> Vec<Id> {
        self.shown.iter().map(|row| row.device.id.clone()).collect()
    }

    /// How many devices there are at all.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.all.len()
    }

    /// How many a filter would show.
    #[must_use]
    pub fn count(&self, filter: Filter) -> usize {
        self.counts.get(&filter).copied().unwrap_or_default()
    }

    /// The image that most outdated devices wait for.
    #[must_use]
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// When those that do not answer were last seen, of those that ever were.
    #[must_use]
    pub fn silent_since(&self) -> &[SystemTime] {
        &self.silent_since
    }

    /// The row of a device.
    #[must_use]
    pub fn row(&self, id: &Id) -> Option<&Arc<Row>> {
        let found = self.all.binary_search_by(|row| row.device.id.as_str().cmp(id.as_str())).ok()?;
        self.all.get(found)
    }

    /// Makes all rows anew: what they are made of beside devices has changed.
    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    pub(super) fn refresh(&mut self, around: &Around<'_>, wanted: Wanted<'_>) {
        self.take(around);
        self.counts = Filter::ALL
            .into_iter()
            .map(|filter| (filter, self.all.iter().filter(|row| filter.keeps(row)).count()))
            .collect();
        self.batch = batch(&self.all);
        let silent = self.all.iter().filter(|row| row.device.presence != Presence::Online);
        self.silent_since = silent.filter_map(|row| row.device.last_seen).collect();
        let search = wanted.search.trim().to_lowercase();
        let fits = |row: &&Arc<Row>| {
            wanted.filter.keeps(row) && (search.is_empty() || is_found(row, around.tags, &search))
        };
        let mut shown: Vec<_> = self.all.iter().filter(fits).cloned().collect();
        let now = fingerprint(&shown, wanted.sort);
        if now == self.order {
            // The same devices in the same states: figures move no row.
            let rows = self.shown.iter().filter_map(|row| self.row(&row.device.id).cloned());
            shown = rows.collect();
        } else {
            order(&mut shown, wanted.sort);
        }
        self.order = now;
        self.shown = shown;
    }

    /// A row whose device and update are the same as before stays the very same.
    fn take(&mut self, around: &Around<'_>) {
        let Around { snapshot, .. } = around;
        if !Arc::ptr_eq(&self.stock, &snapshot.stock) {
            self.stock = Arc::clone(&snapshot.stock);
            self.all.clear();
        }
        let mut jobs: HashMap<&str, &Arc<Job>> = HashMap::new();
        for job in &snapshot.jobs {
            jobs.insert(job.device.as_str(), job);
        }
        let before = std::mem::take(&mut self.all);
        let mut before = before.into_iter().peekable();
        for device in &snapshot.devices {
            let job = jobs.get(device.id.as_str()).copied();
            while before.next_if(|row| row.device.id < device.id).is_some() {}
            let same = before.next_if(|row| {
                Arc::ptr_eq(&row.device, device) && row.job.as_ref().map(Arc::as_ptr) == job.map(Arc::as_ptr)
            });
            self.all.push(same.unwrap_or_else(|| Arc::new(Row::new(device, job, around))));
        }
    }
}

/// When a device that is on probation rolls back, by its last answer.
fn deadline(device: &Device, now: Now) -> Option<std::time::Instant> {
    let validation = device.status.as_ref()?.validation;
    let left = validation.deadline_s.filter(|_| validation.state == ValidationState::Pending)?;
    let age = now.wall.duration_since(device.last_seen?).unwrap_or_default();
    Some(now.steady + Duration::from_secs(left.into()).saturating_sub(age))
}

fn is_found(row: &Row, tags: &BTreeMap<String, Vec<String>>, wanted: &str) -> bool {
    let device = &row.device;
    let project = device.status.as_ref().map_or("", |status| status.running.project.as_str());
    let texts = [device.name.as_str(), device.id.as_str(), project, &device.version, row.mark.word()];
    let tags = tags.get(device.id.as_str()).into_iter().flatten().map(String::as_str);
    let address = device.address.to_string();
    texts.into_iter().chain(tags).chain([address.as_str()]).any(|text| text.to_lowercase().contains(wanted))
}

/// Project and version of what runs.
#[must_use]
pub fn firmware(device: &Device) -> String {
    match &device.status {
        Some(status) => printable(&format!("{} {}", status.running.project, status.running.version)),
        None if device.family.jaguar().is_some() => printable(&format!("Toit {}", device.version)),
        None => device.version.clone(),
    }
}

/// Its signal strength in dBm, where there is a radio.
#[must_use]
pub fn signal(device: &Device) -> Option<i8> {
    device.status.as_ref().and_then(|status| status.rssi_dbm)
}
