//! What Toit's firmware tool put into an image, in words and as JSON: containers, network, and Jaguar. No password.

use serde_json::{Value, json};

use super::super::figures;
use super::super::session::Session;
use crate::engine::printable;
use crate::image::Image;
use crate::image::envelope::inside::{ContainerInside, Inside};
use crate::image::envelope::{Value as Toit, tison};

const RUN_AT_BOOT: u8 = 1;
const CRITICAL: u8 = 2;

/// What every image of Toit's tool says; nothing for other images.
pub(super) fn lines(image: &Image) -> Vec<(&'static str, String)> {
    let inside = match Inside::read(&image.bytes) {
        Ok(Some(inside)) => inside,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![("Toit", error.to_string())],
    };
    let containers = match inside.containers.len() {
        1 => "1 container".to_owned(),
        many => format!("{many} containers"),
    };
    let mut lines = vec![("Toit", format!("{containers}, of the system {}", inside.system_uuid))];
    lines.extend(inside.jaguar().map(|jaguar| {
        let chip = printable(&jaguar.chip);
        ("Jaguar", format!("{}, {chip}, id {}", printable(&jaguar.name), jaguar.id))
    }));
    let wifi = network(&inside).map_or("no network".to_owned(), |ssid| printable(&ssid));
    lines.push(("WiFi", wifi));
    lines
}

/// A line a container, behind an empty one.
pub(super) fn table(image: &Image, session: &Session) {
    let Some(inside) = image.toit() else { return };
    let rows: Vec<_> = inside.containers.iter().zip(0..).map(|(container, at)| row(container, at)).collect();
    session.output.line("");
    session.output.table(["CONTAINER", "ID", "SIZE", "ASSETS", "FLAGS"], &rows);
}

fn row(container: &ContainerInside, at: usize) -> [String; 5] {
    let assets: Vec<_> = container.assets.iter().map(|(name, _)| printable(name)).collect();
    let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    [
        printable(name(container, at)),
        container.id.to_string(),
        figures::size(container.size),
        or_dash(assets.join(", ")),
        or_dash(flags(container).join(", ")),
    ]
}

pub(super) fn as_json(image: &Image) -> Value {
    let Some(inside) = image.toit() else { return Value::Null };
    let container = |(container, at): (&ContainerInside, usize)| {
        json!({
            "name": name(container, at),
            "id": container.id.to_string(),
            "size": container.size,
            "flags": flags(container),
            "assets": container.assets.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        })
    };
    let containers: Vec<_> = inside.containers.iter().zip(0..).map(container).collect();
    let jaguar = inside.jaguar();
    let jaguar =
        jaguar.map(|jaguar| json!({ "id": jaguar.id.to_string(), "name": jaguar.name, "chip": jaguar.chip }));
    json!({
        "system_uuid": inside.system_uuid.to_string(),
        "containers": containers,
        "jaguar": jaguar,
        "wifi_ssid": network(&inside),
    })
}

/// The first is the system. The others have names if it is of today.
fn name(container: &ContainerInside, at: usize) -> &str {
    container.name.as_deref().unwrap_or(if at == 0 { "system" } else { "-" })
}

fn flags(container: &ContainerInside) -> Vec<&'static str> {
    let boot = (container.flags & RUN_AT_BOOT != 0).then_some("trigger=boot");
    let critical = (container.flags & CRITICAL != 0).then_some("critical");
    boot.into_iter().chain(critical).collect()
}

/// The network's name. The configuration goes before the system's assets, as on the device.
fn network(inside: &Inside) -> Option<String> {
    let of = |wifi: &Toit| wifi.get("wifi.ssid").and_then(Toit::as_text).map(str::to_owned);
    let config = inside.config.as_ref().and_then(|config| config.get("wifi")).and_then(of);
    config.or_else(|| {
        let asset = inside.containers.first()?.asset("wifi")?;
        of(&tison::decode(asset).ok()?)
    })
}
