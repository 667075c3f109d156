//! What Skylift keeps on this computer, and where.

mod bundle;
mod data_dir;
mod database;
mod devices;
mod error;
mod export;
mod recorder;
mod redact;
mod running;
mod schema;
mod times;
mod tracked;
mod updates;
mod waiting;

pub use bundle::{BundleError, write_bundle};
pub use data_dir::DataDir;
pub use database::Database;
pub use devices::{KnownDevice, KnownError, Seen};
pub use error::StoreError;
pub use export::{ExportError, Exported, moment_in, write_csv};
pub use recorder::Recorder;
pub use running::{APP_STOPPED, LOST};
pub use updates::{Moment, OwnerSign, PastEnd, PastUpdate, PhaseTime, Selection, What};
pub use waiting::{LastEnd, LastRollout, WaitingDevice, WaitingError, WaitingList};
