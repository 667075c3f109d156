//! The ports of this computer that a board may be on: which there are, what is behind them, who holds them.
//!
//! Nothing here opens a port: opening one moves its lines, and those may reset the board.

mod bell;
mod driver;
mod follow;
#[cfg(target_os = "linux")]
mod holder;
mod known;
mod list;
mod permission;
mod port;
mod refusal;
mod state;
mod watch;

pub use driver::{UDEV_RULE, Unserved, advice_for_none, unserved};
pub use follow::{follow, same_board};
pub use list::{list, list_all};
pub use permission::Fix;
pub use port::{Behind, Kind, Port, Usb};
pub use refusal::refusal;
pub(super) use state::holder_advice;
pub use state::{Holder, State};
pub use watch::{Seen, Watch, look};
