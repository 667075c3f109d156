//! The window: what the engine shows, and what its user wants of it.
//!
//! Data goes one way. [`State`](state::State) is plain data; pages draw it and collect what the user did; one function
//! takes that in and says what is to be done elsewhere; the worker does it and answers with events. Nothing that is
//! drawn waits for anything.

mod clock;
mod devices;
mod dialog;
mod effect;
mod event;
mod figures;
mod file_dialogs;
mod firmware;
mod fonts;
mod history;
mod icons;
mod keys;
mod mark;
mod memory;
mod messages;
mod monitor;
mod page;
mod running;
mod screenshot;
mod serve;
mod settings;
mod shell;
mod state;
mod style;
mod theme;
mod toit;
mod updates;
mod usb;
mod widgets;
mod wifi_rules;
mod window;
mod worker;

pub use event::Event;
pub use file_dialogs::{Answer, Answered, Asked, FileDialogs};
pub use firmware::{Event as FirmwareEvent, Opened};
pub use history::Event as HistoryEvent;
pub use keys::{Event as KeysEvent, PairedKey};
pub use monitor::Event as MonitorEvent;
pub use page::Page;
pub use screenshot::{Picture, Shot};
pub use state::State;
pub use style::install as dress;
pub use toit::{Event as ToitEvent, Facts as EnvelopeFacts, Notice as ToitNotice, Opened as OpenedEnvelope};
pub use updates::Event as UpdatesEvent;
pub use usb::board::BoardView;
pub use usb::contact::Contact;
pub use usb::job::{End as UsbEnd, Failure as UsbFailure, Part as UsbPart, Planned as UsbPlanned};
pub use usb::plan::PlanView;
pub use usb::{Bench, Event as UsbEvent, News as UsbNews};
pub use window::{Window, WindowError, draw, open};
