//! How an engine is asked for a plan, and what is heard of it meanwhile.

use std::pin::pin;
use std::sync::Arc;

use skylift_protocol::Id;
use tokio::sync::watch;

use super::{Plan, PlanError, WorkingOut};
use crate::engine::update::UpdateOptions;
use crate::engine::{Command, Engine};
use crate::image::Image;

impl Engine {
    /// Says what an update would cost; see [`Command::Plan`].
    ///
    /// # Errors
    /// Nothing would be sent, or nobody knows the device.
    pub async fn plan(
        &self,
        device: Id,
        image: Arc<Image>,
        options: UpdateOptions,
    ) -> Result<Plan, PlanError> {
        self.plan_and_tell(device, image, options, |_| ()).await
    }

    /// The same; `tell` is told how far the stream is that it waits for. Who stops waiting calls the work off.
    ///
    /// # Errors
    /// As for [`plan`](Self::plan).
    pub async fn plan_and_tell(
        &self,
        device: Id,
        image: Arc<Image>,
        options: UpdateOptions,
        tell: impl Fn(WorkingOut),
    ) -> Result<Plan, PlanError> {
        let (progress, mut told) = watch::channel(None);
        let mut planned = pin!(self.ask(|reply| Command::Plan { device, image, options, progress, reply }));
        loop {
            tokio::select! {
                planned = &mut planned => return planned.unwrap_or(Err(PlanError::Stopped)),
                Ok(()) = told.changed() => {
                    let working_out = *told.borrow_and_update();
                    working_out.into_iter().for_each(&tell);
                }
            }
        }
    }
}
