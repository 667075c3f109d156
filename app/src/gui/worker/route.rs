//! The interface and address that devices reach this computer at, for the status bar.

use std::time::Duration;

use super::Outbox;
use crate::gui::event::Event;

/// Networks come and go, and nobody tells.
const INTERVAL: Duration = Duration::from_secs(5);

/// Tells the route now, and again whenever it has changed.
pub(super) async fn watch(outbox: Outbox) {
    let mut told = None;
    loop {
        let route = tokio::task::spawn_blocking(route).await.unwrap_or_default();
        if told.as_ref() != Some(&route) {
            outbox.send(Event::Route(route.clone()));
            told = Some(route);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// The first interface that leads beyond this computer.
fn route() -> Option<String> {
    let interfaces = if_addrs::get_if_addrs().ok()?;
    let mut outward: Vec<_> = interfaces
        .into_iter()
        .filter(|interface| !interface.is_loopback() && interface.ip().is_ipv4())
        .collect();
    outward.sort_by_key(|interface| interface.ip());
    outward.first().map(|interface| format!("{}, {}", interface.name, interface.ip()))
}
