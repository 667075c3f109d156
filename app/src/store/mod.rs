//! What Skylift keeps on this computer, and where.

mod air;
mod bases;
mod bundle;
mod certificates;
mod course;
mod data_dir;
mod database;
mod devices;
mod drills;
mod error;
mod export;
mod kept;
mod keys;
mod networks;
mod paces;
mod recorder;
mod redact;
mod rollouts;
mod running;
mod sampler;
mod schema;
mod settings;
mod sources;
mod times;
mod tracked;
mod updates;
mod waiting;

pub use air::PastAir;
pub use bases::Bases;
pub use bundle::{BundleError, write_bundle};
pub use certificates::{Certified, CertifiedImage, WantedProof};
pub use course::{Course, PastBoot, Sample};
pub use data_dir::DataDir;
pub use database::Database;
pub use devices::{KnownDevice, KnownError, Seen};
pub use drills::{LastDrill, PastDrill};
pub use error::StoreError;
pub use export::{
    ExportError, Exported, ExportedCertificate, ExportedDrill, ExportedLastDrill, moment_in, write_csv,
};
pub use kept::KeptError;
pub use keys::{Backup, Imported, KeptKey, KeyStore, KeyStoreError, Listed, Pairs, Passphrase};
pub use networks::{NetworkList, NetworksError, RememberedNetwork};
pub use paces::Paces;
pub use recorder::Recorder;
pub use rollouts::PastRollout;
pub use running::{APP_STOPPED, LOST};
pub use settings::{
    Key, KeyError, Loaded, Settings, SettingsError, SettingsFile, Theme, ValueError, WindowSettings, Wishes,
};
pub use sources::SourceList;
pub use updates::{Moment, OwnerSign, PastEnd, PastUpdate, PhaseTime, Selection, What};
pub use waiting::{LastEnd, LastRollout, WaitingDevice, WaitingList};
