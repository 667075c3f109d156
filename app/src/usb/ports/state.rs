//! Whether a port can be used now, found out without opening it.

use std::fmt;

use super::driver::RULE_STEPS;
#[cfg(target_os = "linux")]
use super::holder;
use super::permission::{self, Fix};
use super::port::Port;

/// Whether a port can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// As far as can be told: nobody holds it, and this user may open it.
    Ready,
    /// A program holds it.
    InUse {
        /// Which; `None` if the system does not tell.
        by: Option<Holder>,
    },
    /// This user may not open it.
    NoPermission(Fix),
    /// It is not there.
    Gone,
}

/// A program that holds a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its name, fit to be printed.
    pub program: String,
    /// Its process.
    pub pid: u32,
}

impl State {
    /// The state of a port. Who holds it is known on Linux only; elsewhere opening it will tell.
    #[must_use]
    pub fn of(port: &Port) -> Self {
        Self::of_all(std::slice::from_ref(port)).pop().unwrap_or(Self::Gone)
    }

    /// The states of several ports, in their order.
    pub(super) fn of_all(ports: &[Port]) -> Vec<Self> {
        let holders = holders(ports);
        ports.iter().zip(holders).map(|(port, holder)| Self::judge(port, holder)).collect()
    }

    fn judge(port: &Port, holder: Option<Holder>) -> Self {
        if !exists(port) {
            return Self::Gone;
        }
        match (permission::lacking(port), holder) {
            (Some(fix), _) => Self::NoPermission(fix),
            (None, Some(holder)) => Self::InUse { by: Some(holder) },
            (None, None) => Self::Ready,
        }
    }

    /// One word, for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::InUse { .. } => "in_use",
            Self::NoPermission(_) => "no_permission",
            Self::Gone => "gone",
        }
    }

    /// What to do about it, the likeliest first; nothing if it is ready.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        match self {
            Self::Ready => Vec::new(),
            Self::InUse { by } => holder_advice(by.as_ref()),
            Self::NoPermission(fix) => fix.steps(),
            Self::Gone => vec!["plug it in; `skylift ports` lists the ports that are there".to_owned()],
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::InUse { by: Some(holder) } => write!(f, "in use by {holder}"),
            Self::InUse { by: None } => f.write_str("in use by another program"),
            Self::NoPermission(_) => f.write_str("no permission"),
            Self::Gone => f.write_str("gone"),
        }
    }
}

impl Holder {
    /// It is this process.
    #[must_use]
    pub fn is_us(&self) -> bool {
        self.pid == std::process::id()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_us() {
            return f.write_str("this Skylift");
        }
        write!(f, "{} (process {})", self.program, self.pid)
    }
}

/// What to do about a program that holds a port.
pub(in crate::usb) fn holder_advice(holder: Option<&Holder>) -> Vec<String> {
    match holder {
        Some(holder) if holder.is_us() => {
            vec!["end what Skylift does on it: its monitor, or its flashing".to_owned()]
        }
        Some(holder) if holder.program == MODEM_MANAGER => probed(),
        Some(holder) if holder.program == "brltty" => {
            vec![
                "nobody here reads braille? Then: `sudo systemctl disable --now brltty-udev brltty`"
                    .to_owned(),
            ]
        }
        Some(Holder { program, .. }) => vec![format!("close {program}")],
        None => {
            let mut advice =
                vec!["close the other program: a serial monitor, or an IDE that has one open".to_owned()];
            if modem_manager_runs() {
                advice.extend(probed());
            }
            advice
        }
    }
}

const MODEM_MANAGER: &str = "ModemManager";

/// ModemManager talks to every new port for up to half a minute, to see whether a modem is there.
fn probed() -> Vec<String> {
    vec![
        "wait half a minute: ModemManager asks every new port whether it is a modem".to_owned(),
        format!("or keep it away from boards: {RULE_STEPS}"),
    ]
}

#[cfg(target_os = "linux")]
fn modem_manager_runs() -> bool {
    holder::runs(MODEM_MANAGER)
}

#[cfg(not(target_os = "linux"))]
fn modem_manager_runs() -> bool {
    false
}

#[cfg(unix)]
fn exists(port: &Port) -> bool {
    std::path::Path::new(port.path()).exists()
}

#[cfg(not(unix))]
fn exists(port: &Port) -> bool {
    super::list_all().is_ok_and(|ports| ports.iter().any(|listed| listed.is_at(port.path())))
}

#[cfg(target_os = "linux")]
fn holders(ports: &[Port]) -> Vec<Option<Holder>> {
    holder::of(&ports.iter().map(Port::path).collect::<Vec<_>>())
}

#[cfg(not(target_os = "linux"))]
fn holders(ports: &[Port]) -> Vec<Option<Holder>> {
    vec![None; ports.len()]
}
