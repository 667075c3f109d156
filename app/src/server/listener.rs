//! The listening socket: its options, and the loop that accepts connections and serves them.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::connection::{Connection, WatchedStream};
use super::offers::Offers;
use super::places::{Place, Places};
use super::respond::respond;
use super::transfers::AbortReason;
use super::{ServerConfig, ServerError, unsent};

/// Connections the kernel keeps until they are accepted: a whole workshop may boot at the same moment.
const BACKLOG: i32 = 4096;
/// Bytes of requests that are held for a connection at most.
const READ_BUFFER: usize = 16 * 1024;
/// After a failed accept: it fails again at once while the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Opens the listening socket. Accepted sockets inherit its options.
pub(super) fn listen(config: &ServerConfig) -> Result<TcpListener, ServerError> {
    let address = SocketAddr::new(config.address, config.port);
    open(address).map_err(|error| ServerError::from_listening(address, error))
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows this option would let two servers share the port, and each get some of the devices.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    unsent::limit(&socket)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts and serves until `stop` is told, then lets running requests end for `config.shutdown_grace`.
pub(super) async fn accept_loop(
    listener: TcpListener,
    config: ServerConfig,
    offers: Arc<Offers>,
    stop: Arc<Notify>,
) {
    let slots = Arc::new(Semaphore::new(config.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
    let places = Places::new(config.max_connections_per_address);
    let http = http_settings(&config);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.notified() => break,
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener, &slots) => match accepted {
                Ok(accepted) => {
                    let Some(place) = places.take(accepted.peer.ip()) else { continue };
                    let serving = serve(
                        accepted,
                        place,
                        http.clone(),
                        config.stalled_write_timeout,
                        Arc::clone(&offers),
                        graceful.watcher(),
                    );
                    connections.spawn(serving);
                }
                // Whatever it is, the next accept may succeed: the server never ends because of a client.
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    // The grace is over or not needed: what still runs is cut off.
    let _ = timeout(config.shutdown_grace, graceful.shutdown()).await;
    offers.transfers().abort_all(AbortReason::ServerStopped);
    connections.shutdown().await;
}

/// A connection and its place among the allowed ones.
struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
}

/// Waits for a free place first: connections beyond the limit wait in the kernel's backlog.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<Accepted> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok(Accepted { stream, peer, slot })
}

fn http_settings(config: &ServerConfig) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(config.header_read_timeout)
        .max_header_size(config.max_header_bytes.min(READ_BUFFER))
        .max_buf_size(READ_BUFFER)
        // Some clients close their sending side after the request and still want the answer.
        .half_close(true);
    http
}

async fn serve(
    accepted: Accepted,
    place: Place,
    http: http1::Builder,
    stalled_write_timeout: Duration,
    offers: Arc<Offers>,
    watcher: Watcher,
) {
    let Accepted { stream, peer, slot } = accepted;
    // Fails only if the connection is lost already, which the first read will tell.
    let _ = stream.set_nodelay(true);
    let connection = Arc::new(Connection::new(peer));
    let stream = WatchedStream::new(stream, Arc::clone(&connection), stalled_write_timeout);
    let answering = Arc::clone(&connection);
    let service = service_fn(move |request| {
        let response = respond(&offers, &answering, &request);
        async move { Ok::<_, Infallible>(response) }
    });
    // What goes wrong on a connection is told by the transfer log, where it matters.
    tokio::select! {
        _ = watcher.watch(http.serve_connection(TokioIo::new(stream), service)) => {}
        () = connection.cut().notified() => {}
    }
    drop((slot, place));
}
