//! Filters and orders of the table. Pure.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::rows::{Row, firmware, signal};
use crate::engine::Presence;

/// Which devices are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those that somebody should look at.
    Attention,
    /// Those for which a newer image is ready.
    Outdated,
    /// Those that are being updated.
    Updating,
    /// Those that do not answer.
    Offline,
}

impl Filter {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::All, Self::Attention, Self::Outdated, Self::Updating, Self::Offline];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Attention => "Needs attention",
            Self::Outdated => "Outdated",
            Self::Updating => "Updating",
            Self::Offline => "Offline",
        }
    }

    pub(super) fn keeps(self, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::Attention => row.mark.needs_attention(),
            Self::Outdated => row.is_outdated(),
            Self::Updating => row.mark.is_updating(),
            Self::Offline => row.device.presence == Presence::Offline,
        }
    }
}

/// What a column is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Column {
    /// What needs somebody first.
    #[default]
    State,
    /// The name.
    Name,
    /// The chip.
    Chip,
    /// Project and version.
    Firmware,
    /// Signal strength.
    Signal,
    /// When it last answered.
    Seen,
}

/// The order of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SortBy {
    /// By what.
    pub column: Column,
    /// The other way round.
    pub reversed: bool,
}

impl SortBy {
    /// The order after a click on the head of a column: the same column again turns it round.
    #[must_use]
    pub fn then(self, clicked: Self) -> Self {
        let again = self.column == clicked.column;
        Self { column: clicked.column, reversed: again && !self.reversed }
    }
}

/// Puts rows into an order.
pub(super) fn order(rows: &mut [Arc<Row>], sort: SortBy) {
    let name = |row: &Row| row.device.label().to_lowercase();
    match sort.column {
        Column::State => rows.sort_by_cached_key(|row| (row.rank(), name(row))),
        Column::Name => rows.sort_by_cached_key(|row| name(row)),
        Column::Chip => rows.sort_by_cached_key(|row| (row.device.chip.to_string(), name(row))),
        Column::Firmware => rows.sort_by_cached_key(|row| (firmware(&row.device), name(row))),
        Column::Signal => {
            rows.sort_by_cached_key(|row| (signal(&row.device).map(|dbm| -i32::from(dbm)), name(row)))
        }
        Column::Seen => rows.sort_by_cached_key(|row| (std::cmp::Reverse(row.device.last_seen), name(row))),
    }
    if sort.reversed {
        rows.reverse();
    }
}

/// Whatever moves a row: the devices that are shown, their states, names and firmware, and the wanted order.
pub(super) fn fingerprint(rows: &[Arc<Row>], sort: SortBy) -> u64 {
    let mut hasher = DefaultHasher::new();
    sort.hash(&mut hasher);
    for row in rows {
        let device = &row.device;
        (device.id.as_str(), row.rank(), device.label(), &device.version, device.chip.as_str())
            .hash(&mut hasher);
    }
    hasher.finish()
}
