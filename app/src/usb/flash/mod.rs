//! What is written to a board, planned and written.
//!
//! What points is written after what it points to: the app and its data, then who the board is, then bootloader and
//! table, and last of all otadata, which says what boots. Until there, what was on the board boots on as long as nothing
//! new lies over it, and bootloaders boot whole images only.

mod boot;
mod change;
mod check;
mod choice;
mod firmware;
mod idf_folder;
mod layout;
mod plan;
mod refusal;
mod region;
mod target;
mod wish;
mod write;

pub use boot::set_boot;
pub use change::{Change, Fate};
pub use firmware::{Brought, Firmware, Piece};
pub use plan::Plan;
pub use refusal::Refusal;
pub use region::{Content, Region};
pub use target::Target;
pub use wish::{BootloaderWish, Scope, TableWish, Wish};
pub use write::{Report, duration, write};
