//! What of the chips' firmware is arithmetic, run on this computer: `device-firmware/esp` itself is built for chips only.

#[path = "../../esp/src/backtrace.rs"]
mod backtrace;
#[path = "../../esp/src/cut.rs"]
mod cut;
#[path = "../../esp/src/fault.rs"]
mod fault;
#[path = "../../esp/src/reset.rs"]
mod reset;
