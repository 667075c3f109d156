//! What an update costs: which bytes a device is sent (raw, compressed, or a delta), how many, and how long that takes.

mod airtime;
mod ask;
mod meter;
mod pace;
mod planner;
mod predict;
mod request;
mod shelf;
mod way;
mod workshop;

pub use airtime::{Airtime, Sending, WorkingOut};
pub(super) use meter::Meter;
pub use pace::{Pace, PaceBook};
pub(super) use planner::{Load, Planned, Planner, Wish};
pub(super) use request::{Question, answer};
pub use shelf::BaseShelf;
pub use way::{Basis, Cost, Plan, PlanError, Unavailable, Way};
