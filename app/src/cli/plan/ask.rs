//! Asking the engine for a plan, and showing on a terminal what is worked out for it.

use std::pin::pin;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::{oneshot, watch};

use super::super::airtime::working_out;
use crate::engine::{Command, Device, Engine, Plan, PlanError, UpdateOptions, WorkingOut};
use crate::image::Image;

/// The plan for one device.
pub(super) async fn ask(
    engine: &Engine,
    device: &Device,
    image: &Arc<Image>,
    options: UpdateOptions,
    bar: &Bar,
) -> Result<Plan, PlanError> {
    let (progress, mut told) = watch::channel(None);
    let (reply, answer) = oneshot::channel();
    let (id, image) = (device.id.clone(), Arc::clone(image));
    engine.send(Command::Plan { device: id, image, options, progress, reply });
    let mut answer = pin!(answer);
    loop {
        tokio::select! {
            plan = &mut answer => return plan.unwrap_or(Err(PlanError::Stopped)),
            Ok(()) = told.changed() => {
                let stream: Option<WorkingOut> = *told.borrow_and_update();
                stream.iter().for_each(|stream| bar.show(device, *stream));
            }
        }
    }
}

/// A line on stderr while something is worked out. Where that is no terminal, nothing is written.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        // The template is fixed; were it wrong, the plain style would do.
        let style = ProgressStyle::with_template("{prefix}: {msg} [{bar:20}] {percent} %");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
        Self(ProgressBar::new(100).with_style(style))
    }

    fn show(&self, device: &Device, stream: WorkingOut) {
        self.0.set_prefix(device.label().to_owned());
        self.0.set_message(working_out(stream.encoding));
        self.0.set_position(stream.percent.into());
    }

    /// Writes something else meanwhile.
    pub(super) fn beside(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
