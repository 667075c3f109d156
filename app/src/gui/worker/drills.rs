//! Rollback drills: making what one needs, and what the history knows of those that were.

use std::sync::Arc;

use skylift_protocol::Id;

use super::Worker;
use super::devices::label;
use crate::engine::DrillPlan;
use crate::gui::devices::{self, Kept};
use crate::gui::event::Event;
use crate::store::{Database, LastDrill, StoreError};

impl Worker {
    /// Asks the device what it runs, and makes a build that must fail on it.
    pub(super) fn plan_drill(&self, id: Id) {
        let (engine, library, outbox) = (Arc::clone(&self.engine), self.library.clone(), self.outbox.clone());
        self.runtime.spawn(async move {
            let title = format!("No drill of {} can begin", label(&engine, &id));
            let status = match engine.status(id.clone()).await {
                Ok(status) => status,
                Err(error) => return outbox.failed(title, &error),
            };
            let planned = tokio::task::spawn_blocking(move || DrillPlan::usual(&status, &library)).await;
            match planned {
                Ok(Ok(plan)) => outbox.send(Event::Devices(devices::Event::DrillPlanned(id, Box::new(plan)))),
                Ok(Err(error)) => outbox.failed(title, &error),
                // A panic in there has been reported.
                Err(_) => {}
            }
        });
    }

    /// Tells what the last drill of each device has proven.
    pub(super) fn load_drills(&self) {
        self.with_history("Past drills cannot be read", |database, outbox| {
            let mut drills = std::collections::BTreeMap::new();
            for (device, last) in database.last_drills()? {
                drills.insert(device, kept(database, last)?);
            }
            outbox.send(Event::Devices(devices::Event::Drills(drills)));
            Ok(())
        });
    }
}

fn kept(database: &Database, last: LastDrill) -> Result<Kept, StoreError> {
    let update = database.update(last.number)?;
    Ok(Kept {
        at: last.at,
        result: last.drill.result.unwrap_or_default(),
        recovery: last.drill.recovery,
        version_before: last.version_before,
        image: update.map(|update| update.image_sha256).unwrap_or_default(),
    })
}
