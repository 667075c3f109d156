//! The Toit programs of a firmware or an envelope, as the window shows them: what they are, never what is in them.

use crate::engine::printable;
use crate::image::Image;
use crate::image::envelope::inside::{ContainerInside, Inside, JaguarIdentity};
use crate::image::envelope::{Container, Content, Importance, Trigger, Value, assets};

/// Bits of a container's flags.
const RUN_AT_BOOT: u8 = 1;
const CRITICAL: u8 = 2;

/// What Toit's firmware tool put into an app image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// The system that containers installed later must belong to.
    pub system: String,
    /// The containers, the system first.
    pub containers: Vec<Row>,
    /// As which device Jaguar runs in it.
    pub jaguar: Option<JaguarIdentity>,
    /// The network that its configuration names.
    pub network: Option<String>,
}

/// A container in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What it is stored as, where that can differ.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Bytes.
    pub size: u64,
    /// What starts it, and what its end means.
    pub runs: &'static str,
    /// The names of its assets.
    pub assets: Vec<String>,
}

impl Programs {
    /// What is in an image; `None` if it is not Toit's. Reads all of it.
    #[must_use]
    pub fn of(image: &Image) -> Option<Self> {
        image.toit().map(|inside| Self::inside(&inside))
    }

    fn inside(inside: &Inside) -> Self {
        let wifi = inside.config.as_ref().and_then(|config| config.get("wifi"));
        let network = wifi.and_then(|wifi| wifi.get("wifi.ssid")).and_then(Value::as_text);
        let named = |name: &String| printable(name);
        Self {
            system: inside.system_uuid.to_string(),
            containers: inside
                .containers
                .iter()
                .enumerate()
                .map(|(at, found)| Row::inside(at, found))
                .collect(),
            jaguar: inside.jaguar().map(|it| JaguarIdentity {
                name: named(&it.name),
                chip: named(&it.chip),
                ..it
            }),
            network: network.map(printable),
        }
    }
}

impl Row {
    fn inside(at: usize, container: &ContainerInside) -> Self {
        let unnamed = if at == 0 { "system" } else { "unnamed" };
        Self {
            name: container.name.as_deref().map_or(unnamed.to_owned(), printable),
            kind: "",
            id: container.id.to_string(),
            size: container.size.into(),
            runs: runs(container.flags & RUN_AT_BOOT != 0, container.flags & CRITICAL != 0),
            assets: names(&container.assets),
        }
    }

    /// One that is installed in an envelope.
    #[must_use]
    pub fn installed(container: &Container<'_>) -> Self {
        let start = container.start;
        let decoded = container.assets.and_then(|bytes| assets::decode(bytes).ok()).unwrap_or_default();
        Self {
            name: printable(container.name),
            kind: match container.content {
                Content::Snapshot => "snapshot",
                Content::Image => "image",
            },
            id: container.id.to_string(),
            size: container.size as u64,
            runs: runs(start.trigger == Trigger::Boot, start.importance == Importance::Critical),
            assets: names(&decoded),
        }
    }
}

fn names(assets: &[(String, Vec<u8>)]) -> Vec<String> {
    assets.iter().map(|(name, _)| printable(name)).collect()
}

const fn runs(at_boot: bool, critical: bool) -> &'static str {
    match (at_boot, critical) {
        (true, true) => "starts at boot, critical",
        (true, false) => "starts at boot",
        (false, true) => "started by others, critical",
        (false, false) => "started by others",
    }
}
