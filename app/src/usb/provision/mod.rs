//! Who a board is, where it lives, and whom it obeys: written by cable.
//!
//! `skylift-provisioning` is the format, the same code as on the device. A board's settings are read first, and nothing
//! changes but what was asked for. [`FirstContact`] tells what came of it once the board runs.

mod contact;
mod contact_end;
mod here;
mod identity;
mod place;
mod settings;
mod vault;
mod wishes;

pub use contact::FirstContact;
pub use contact_end::ContactEnd;
pub use here::own_network;
pub use identity::{board_id, device_id, device_name, proposed_name};
pub use place::Place;
pub use settings::{Prepared, Settings};
pub use vault::{KeyVault, Paired};
pub use wishes::{NetworkWish, PairWish, TrustWish, Wishes};
