//! What a board held before it was overwritten, kept and given back.
//!
//! A backup is one zip file that every program opens: `flash.bin` is the whole flash, `partitions.csv` its partition
//! table as ESP-IDF writes it, `backup.json` says whose flash it is and when it was read. Flashes hold passwords and
//! keys, so these files are for their owner alone.

mod about;
mod archive;
mod contents;
mod csv;
mod error;
mod folder;
mod known;
mod restore;
mod take;

pub use about::{About, Held};
pub use contents::{Image, Partition, Slot};
pub use error::{BackupError, Flaw};
pub use folder::{Backup, Backups, Listing};
pub use restore::{Doubt, Part, Restore};
pub use take::Taken;
