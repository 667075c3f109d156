//! The life of a Jaguar device: it listens and announces itself, serves one connection after the other, restarts.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::pending;
use std::io::Result;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::select;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{interval, timeout};

use super::identity::Identity;
use super::service::serve;
use super::shared::Shared;

/// Between two announcements.
const ANNOUNCES_EVERY: Duration = Duration::from_millis(200);
/// So much longer a restart lasts that nobody notices.
const UNASKED: Duration = Duration::from_secs(2);
/// What a device takes in before it has read it: so much that loopback, with its large segments, does not stall.
const WINDOW: usize = 64 * 1024;

/// What a test does to a device.
pub(super) enum Order {
    /// It loses power.
    SwitchOff,
    /// It gets power again, and may be another one then.
    SwitchOn(Option<Identity>),
}

/// Takes a port that nobody else gets, also while the device is off.
pub(super) fn reserve() -> Socket {
    let socket = reusable().unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket
}

/// Lives until the test has enough.
pub(super) async fn live(shared: Arc<Shared>, mut orders: UnboundedReceiver<Order>) {
    let mut is_on = true;
    loop {
        let order = if is_on {
            select! {
                order = orders.recv() => order,
                never = boots(&shared) => match never.unwrap() {},
            }
        } else {
            orders.recv().await
        };
        shared.set_on(false);
        match order {
            None => return,
            Some(Order::SwitchOff) => is_on = false,
            Some(Order::SwitchOn(identity)) => {
                identity.into_iter().for_each(|identity| shared.become_another(identity));
                is_on = true;
            }
        }
    }
}

/// One boot after the other.
async fn boots(shared: &Shared) -> Result<Infallible> {
    loop {
        let listener = listen(shared.address)?;
        shared.set_on(true);
        let image = select! {
            image = serve_all(shared, &listener) => image?,
            never = announce(shared) => match never? {},
        };
        drop(listener);
        shared.set_on(false);
        restart(shared).await?;
        if !shared.start_into(&image) {
            return pending().await;
        }
    }
}

/// Nobody is there: who connects hears nothing. It lasts until somebody has, as a computer that is busy would not notice
/// a short one; where nobody asks, not for long.
async fn restart(shared: &Shared) -> Result<()> {
    let listener = listen(shared.address)?;
    let lasting = async {
        drop(listener.accept().await?);
        timeout(shared.setup.restart, turn_away(&listener)).await.map_or(Ok(()), |never| never.map(drop))
    };
    timeout(shared.setup.restart + UNASKED, lasting).await.unwrap_or(Ok(()))
}

async fn turn_away(listener: &TcpListener) -> Result<Infallible> {
    loop {
        drop(listener.accept().await?);
    }
}

/// Serves connections until one has brought an image.
async fn serve_all(shared: &Shared, listener: &TcpListener) -> Result<Vec<u8>> {
    let mut waiting = VecDeque::new();
    loop {
        let stream = match waiting.pop_front() {
            Some(stream) => stream,
            None => listener.accept().await?.0,
        };
        shared.see(|seen| seen.connections += 1);
        let mut serving = std::pin::pin!(serve(shared, &stream));
        let installed = loop {
            select! {
                biased;
                installed = &mut serving => break installed,
                another = listener.accept() => {
                    waiting.push_back(another?.0);
                    if is_open(&stream).await {
                        shared.see(|seen| seen.waited += 1);
                    }
                }
            }
        };
        if let Some(image) = installed {
            return Ok(image);
        }
    }
}

/// Whether the other end has not closed, as far as that can be seen behind what it has sent.
async fn is_open(stream: &TcpStream) -> bool {
    match timeout(Duration::ZERO, stream.peek(&mut [0])).await {
        Ok(peeked) => peeked.is_ok_and(|len| len > 0),
        Err(_) => true,
    }
}

async fn announce(shared: &Shared) -> Result<Infallible> {
    let Some(place) = shared.setup.announces_to else { return pending().await };
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.set_broadcast(true)?;
    let mut ticks = interval(ANNOUNCES_EVERY);
    loop {
        ticks.tick().await;
        let payload = shared.identity().payload(shared.setup.form, shared.address);
        // Where nobody listens, that is told as an error.
        let _ = socket.send_to(&payload, place).await;
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let socket = reusable()?;
    socket.set_recv_buffer_size(WINDOW)?;
    socket.bind(&address.into())?;
    socket.listen(5)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

fn reusable() -> Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    Ok(socket)
}
