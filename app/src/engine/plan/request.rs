//! A plan that is asked for by itself: the device is asked what it runs, and nothing is sent.

use std::sync::Arc;

use tokio::sync::watch;

use super::planner::{Planned, Wish, of_jaguar};
use super::{Plan, PlanError, WorkingOut};
use crate::engine::command::Reply;
use crate::engine::jaguar::Family;
use crate::engine::sighting::look_for;
use crate::engine::snapshot::Device;
use crate::engine::update::{Forecast, Means, UpdateOptions, Verdict, forecast, unanswered};
use crate::image::Image;

/// What is asked.
pub(in crate::engine) struct Question {
    pub(in crate::engine) means: Means,
    pub(in crate::engine) image: Arc<Image>,
    pub(in crate::engine) options: UpdateOptions,
    pub(in crate::engine) progress: watch::Sender<Option<WorkingOut>>,
}

/// Answers, unless nobody wants the answer any more.
pub(in crate::engine) async fn answer(
    device: Result<Arc<Device>, PlanError>,
    question: Question,
    mut reply: Reply<Result<Plan, PlanError>>,
) {
    let planning = async { plan(&device?, &question).await.map_err(PlanError::NotSent) };
    tokio::select! {
        () = reply.closed() => {}
        planned = planning => drop(reply.send(planned)),
    }
}

async fn plan(device: &Arc<Device>, question: &Question) -> Result<Plan, Verdict> {
    let Question { means, image, options, progress } = question;
    if let Family::Jaguar(_) = device.family {
        return of_jaguar(device, image, options.encoding);
    }
    let seen = look_for(&means.client, device).await.map_err(|error| unanswered(&error))?;
    match forecast(&seen.status, image, options) {
        Forecast::Send => {}
        Forecast::AlreadyRunning => return Err(Verdict::AlreadyRunning),
        Forecast::Refuse(cause) => return Err(Verdict::Refused(cause)),
    }
    let wish = Wish { device, status: &seen.status, image, encoding: options.encoding, given_up: &[] };
    let tell = |working_out| {
        progress.send_replace(working_out);
    };
    let Planned { plan, .. } = means.planner.plan(wish, &tell).await?;
    Ok(Arc::unwrap_or_clone(plan))
}
