//! What each way to send an image costs: the engine is asked, a little later than the user chooses.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use skylift_protocol::Id;
use tokio::sync::{Semaphore, oneshot};

use super::{Outbox, Worker};
use crate::engine::Engine;
use crate::gui::event::Event;
use crate::gui::updates::{self, Ask};

/// Who ticks devices one after the other asks once.
const PAUSE: Duration = Duration::from_millis(150);
/// So many devices are asked about at a time. Streams are worked out one by one anyway.
const AT_ONCE: usize = 8;

impl Worker {
    /// Asks the engine, in the place of what it was asked before; dropping its answers' ends calls its work off.
    pub(super) fn ask_ways(&mut self, number: u64, ask: Option<Ask>) {
        self.asking = None;
        let Some(ask) = ask else { return };
        let (called_off, until) = oneshot::channel();
        self.asking = Some(called_off);
        let (engine, outbox) = (Arc::clone(&self.engine), self.outbox.clone());
        let streams = self.streams.clone();
        self.runtime.spawn(async move {
            tokio::select! {
                _ = until => {}
                () = all(&engine, number, ask, &outbox) => {}
            }
            if let Some(trouble) = streams.take_trouble() {
                outbox.failed("Encoded images are made anew each time", &trouble);
            }
        });
    }
}

async fn all(engine: &Engine, number: u64, ask: Ask, outbox: &Outbox) {
    tokio::time::sleep(PAUSE).await;
    let Ask { image, options, devices } = ask;
    let places = Semaphore::new(AT_ONCE);
    let one = async |device: Id| {
        // Never closed.
        let _place = places.acquire().await;
        let tell = |event| outbox.send(Event::Updates(event));
        let works = |working| tell(updates::Event::Works(number, device.clone(), working));
        let planned = engine.plan_and_tell(device.clone(), Arc::clone(&image), options, works).await;
        tell(updates::Event::Ways(number, device, planned.map(Arc::new)));
    };
    join_all(devices.into_iter().map(one)).await;
}
