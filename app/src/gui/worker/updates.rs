//! Updates and plain serving.

use std::sync::Arc;

use skylift_protocol::Digest;
use tokio::sync::oneshot;

use super::library::read;
use super::{Worker, waiting};
use crate::engine::{Command, JobId, RolloutId, RolloutOrder, Target, Wanted};
use crate::gui::event::Event;
use crate::gui::messages::Message;
use crate::gui::updates::{self, Wish};
use crate::store::WaitingList;

impl Worker {
    /// Begins updates. One device is a rollout too.
    pub(super) fn update(&self, wish: Wish) {
        let (engine, outbox) = (Arc::clone(&self.engine), self.outbox.clone());
        let devices = wish
            .devices
            .into_iter()
            .map(|id| Wanted { target: Target::Called(id.to_string()), id: Some(id) });
        let order = RolloutOrder {
            image: wish.image,
            options: wish.options,
            limits: wish.limits,
            canary: wish.canary,
            only_outdated: false,
            when_back: wish.when_back,
            erase_ahead: wish.erase_ahead,
            devices: devices.collect(),
        };
        let list = WaitingList::new(&self.data);
        self.runtime.spawn(async move {
            let snapshots = engine.snapshots();
            match engine.rollout(order.clone()).await {
                Some(id) => {
                    outbox.send(Event::Updates(updates::Event::Started(id)));
                    if order.when_back {
                        // Held no longer than the window: the engine must be able to stop.
                        drop(engine);
                        waiting::keep(list, order, id, snapshots, outbox).await;
                    }
                }
                None => outbox.tell(Message::failed("The update was not begun", "The engine has stopped.")),
            }
        });
    }

    pub(super) fn cancel_job(&self, job: JobId) {
        self.engine.send(Command::Cancel { job });
    }

    pub(super) fn cancel_rollout(&self, rollout: RolloutId) {
        self.engine.send(Command::CancelRollout { rollout });
    }

    /// Serves an image of the library plainly.
    pub(super) fn serve(&self, digest: Digest) {
        let (engine, outbox, library) = (Arc::clone(&self.engine), self.outbox.clone(), self.library.clone());
        self.runtime.spawn(async move {
            let read = tokio::task::spawn_blocking(move || read(&library, digest)).await;
            let image = match read {
                Ok(Ok(image)) => Arc::new(image),
                Ok(Err(error)) => return outbox.failed("The image cannot be served", &error),
                Err(_) => return,
            };
            let (reply, answer) = oneshot::channel();
            engine.send(Command::Serve { image, reply });
            if let Ok(Err(error)) = answer.await {
                outbox.failed("The image cannot be served", &error);
            }
        });
    }

    pub(super) fn stop_serving(&self) {
        self.engine.send(Command::StopServing);
    }
}
