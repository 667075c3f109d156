//! A device's HTTP server on its own thread, over real sockets on loopback.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use async_io::Async;
use critical_section as _;
use edge_nal::{Close, Readable, TcpAccept, TcpShutdown, TcpSplit};
use edge_nal_std::TcpSocket;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use embedded_io_async::{ErrorType, Read, Write};
use skylift_node::HttpConfig;
use skylift_node::http::{Handler, Server};

/// What goes wrong below the server.
#[derive(Default)]
pub struct Troubles {
    /// So many accepts fail at first.
    pub failing_accepts: u32,
    /// So long before each write of the first connections; none for the others.
    pub slow_writes: Vec<Duration>,
}

/// `edge_nal_std`'s acceptor, for a listener whose port is known, and with troubles.
struct Acceptor {
    listener: Async<TcpListener>,
    failures: Cell<u32>,
    delays: RefCell<std::vec::IntoIter<Duration>>,
}

impl TcpAccept for Acceptor {
    type Error = io::Error;
    type Socket<'a> = SlowSocket;

    async fn accept(&self) -> Result<(SocketAddr, SlowSocket), io::Error> {
        if self.failures.get() > 0 {
            self.failures.set(self.failures.get() - 1);
            return Err(io::ErrorKind::Other.into());
        }
        let (socket, _) = self.listener.accept().await?;
        // As `edge_nal_std` does: fails if the peer has reset meanwhile.
        let peer = socket.get_ref().peer_addr()?;
        let delay = self.delays.borrow_mut().next().unwrap_or(Duration::MIN);
        Ok((peer, SlowSocket { socket: TcpSocket::new(socket), delay }))
    }
}

/// A socket that writes late, as one with a full window does.
struct SlowSocket {
    socket: TcpSocket,
    delay: Duration,
}

impl ErrorType for SlowSocket {
    type Error = io::Error;
}

impl Read for SlowSocket {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, io::Error> {
        self.socket.read(into).await
    }
}

impl Write for SlowSocket {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, io::Error> {
        if self.delay > Duration::MIN {
            Timer::after(self.delay).await;
        }
        self.socket.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), io::Error> {
        self.socket.flush().await
    }
}

impl Readable for SlowSocket {
    async fn readable(&mut self) -> Result<(), io::Error> {
        Readable::readable(&mut self.socket).await
    }
}

impl TcpSplit for SlowSocket {
    type Read<'a> = <TcpSocket as TcpSplit>::Read<'a>;
    type Write<'a> = <TcpSocket as TcpSplit>::Write<'a>;

    fn split(&mut self) -> (Self::Read<'_>, Self::Write<'_>) {
        self.socket.split()
    }
}

impl TcpShutdown for SlowSocket {
    async fn close(&mut self, what: Close) -> Result<(), io::Error> {
        self.socket.close(what).await
    }

    async fn abort(&mut self) -> Result<(), io::Error> {
        self.socket.abort().await
    }
}

/// Stops, and reports panics of its thread, when dropped.
pub struct Device {
    pub address: SocketAddr,
    stop: Arc<Signal<CriticalSectionRawMutex, ()>>,
    thread: Option<JoinHandle<()>>,
}

impl Device {
    /// Serves with the handler that `make` makes on the device's thread.
    pub fn start<H: Handler>(config: HttpConfig, make: impl FnOnce() -> H + Send + 'static) -> Self {
        Self::start_in(Troubles::default(), config, make)
    }

    /// The same, in troubles.
    pub fn start_in<H: Handler>(
        troubles: Troubles,
        config: HttpConfig,
        make: impl FnOnce() -> H + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(Signal::new());
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let handler = make();
            let acceptor = Acceptor {
                listener: Async::new(listener).unwrap(),
                failures: troubles.failing_accepts.into(),
                delays: troubles.slow_writes.into_iter().into(),
            };
            let mut server = Server::<4>::new();
            let serving = pin!(server.serve(&acceptor, &handler, &config));
            match async_io::block_on(select(serving, stopped.wait())) {
                Either::First(never) => match never[0] {},
                Either::Second(()) => {}
            }
        });
        Self { address, stop, thread: Some(thread) }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.stop.signal(());
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking(), "the device panicked");
    }
}
