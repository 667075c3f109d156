//! The short requests of an engine, each a task of its own: nothing in the core waits for a device.

use std::sync::Arc;

use skylift_protocol::{Done, Status};
use tokio::sync::Semaphore;

use super::client::{Action, DeviceClient};
use super::command::{Reply, RequestError};
use super::notice::{Notice, Notices};
use super::serving::{ServerSlot, Serving, serve_plainly};
use super::sighting::look_for;
use super::snapshot::Device;
use crate::image::Image;
use crate::server::ServerError;

/// A request to a device that is known.
pub(super) struct Request {
    pub(super) client: DeviceClient,
    pub(super) device: Arc<Device>,
}

/// Asks a device, for the book. Only so many are asked at a time: silent ones hold a socket for seconds.
pub(super) async fn ask(client: DeviceClient, device: Arc<Device>, notices: Notices, turns: Arc<Semaphore>) {
    // The semaphore is never closed, so an error cannot be.
    let _turn = turns.acquire().await;
    let found = look_for(&client, &device).await;
    notices.send(Notice::Asked(device.id.clone(), found.map(Box::new)));
}

/// Asks a device, for the user.
pub(super) async fn answer_of(
    request: Result<Request, RequestError>,
    notices: Notices,
) -> Result<Status, RequestError> {
    let Request { client, device } = request?;
    let found = look_for(&client, &device).await;
    notices.send(Notice::Asked(device.id.clone(), found.clone().map(Box::new)));
    Ok(found?.status)
}

/// Asks a device for its log. It is asked who it is first: the log of another one that has its address now says nothing.
pub(super) async fn log_of(request: Result<Request, RequestError>) -> Result<String, RequestError> {
    let Request { client, device } = request?;
    let seen = look_for(&client, &device).await?;
    Ok(client.log(&device.peer_at(seen.address)).await?)
}

/// Has a device do something. It is asked who it is first, so that no other one is restarted that has its address now.
pub(super) async fn act(
    request: Result<Request, RequestError>,
    action: Action,
    notices: Notices,
) -> Result<Done, RequestError> {
    let Request { client, device } = request?;
    let seen = look_for(&client, &device).await?;
    let done = client.act(&device.peer_at(seen.address), action).await?;
    tokio::spawn(async move {
        // What came of it is shown without waiting for the next round.
        let found = look_for(&client, &device).await;
        notices.send(Notice::Asked(device.id.clone(), found.map(Box::new)));
    });
    Ok(done)
}

/// Serves an image under the fixed path.
pub(super) async fn serve(
    slot: ServerSlot,
    image: Arc<Image>,
    reply: Reply<Result<Arc<Serving>, ServerError>>,
    notices: Notices,
) {
    let served = serve_plainly(&slot, &image).await.map(|(offer, serving)| {
        let serving = Arc::new(serving);
        notices.send(Notice::Serving(offer, Arc::clone(&serving)));
        serving
    });
    drop(reply.send(served));
}
