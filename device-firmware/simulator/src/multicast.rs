//! UDP sockets that share the port of mDNS with the other mDNS programs of a machine, on one interface.
//!
//! `edge_nal_std::Stack` binds without reuse, which fails beside avahi or mdns-sd.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use async_io::Async;
use edge_nal::{
    MulticastV4, MulticastV6, Readable, UdpBind, UdpReceive, UdpSend, UdpSplit, UdpSplitMulticast,
};
use embedded_io_async::ErrorType;
use socket2::{Domain, Protocol, Socket, Type};

/// The UDP port of mDNS.
pub const MDNS_PORT: u16 = 5353;

/// The network stack for a responder on the interface with this address.
#[derive(Clone, Copy, Debug)]
pub struct Multicast(pub Ipv4Addr);

impl UdpBind for Multicast {
    type Error = io::Error;
    type Socket<'a> = edge_nal_std::UdpSocket;

    async fn bind(&self, local: SocketAddr) -> Result<edge_nal_std::UdpSocket, io::Error> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        #[cfg(unix)]
        socket.set_reuse_port(true)?;
        socket.set_multicast_if_v4(&self.0)?;
        socket.set_multicast_loop_v4(true)?;
        socket.bind(&local.into())?;
        Ok(edge_nal_std::UdpSocket::new(Async::new(UdpSocket::from(socket))?))
    }
}

/// A world whose mDNS has another port: what the responder takes for port 5353 is that one. edge-mdns knows no other.
#[derive(Clone, Copy, Debug)]
pub struct OnPort<T> {
    inner: T,
    port: u16,
}

impl<T> OnPort<T> {
    /// The stack, or the socket, `inner` in a world with this port.
    pub const fn new(inner: T, port: u16) -> Self {
        Self { inner, port }
    }

    /// The address in that world.
    fn there(&self, mut address: SocketAddr) -> SocketAddr {
        if address.port() == MDNS_PORT {
            address.set_port(self.port);
        }
        address
    }

    /// The address as the responder knows it.
    fn here(&self, mut address: SocketAddr) -> SocketAddr {
        if address.port() == self.port {
            address.set_port(MDNS_PORT);
        }
        address
    }
}

impl UdpBind for OnPort<Multicast> {
    type Error = io::Error;
    type Socket<'a> = OnPort<edge_nal_std::UdpSocket>;

    async fn bind(&self, local: SocketAddr) -> Result<Self::Socket<'_>, io::Error> {
        Ok(OnPort::new(self.inner.bind(self.there(local)).await?, self.port))
    }
}

impl<T: ErrorType> ErrorType for OnPort<T> {
    type Error = T::Error;
}

impl<T: UdpReceive> UdpReceive for OnPort<T> {
    async fn receive(&mut self, buffer: &mut [u8]) -> Result<(usize, SocketAddr), T::Error> {
        let (len, remote) = self.inner.receive(buffer).await?;
        Ok((len, self.here(remote)))
    }
}

impl<T: UdpSend> UdpSend for OnPort<T> {
    async fn send(&mut self, remote: SocketAddr, data: &[u8]) -> Result<(), T::Error> {
        let remote = self.there(remote);
        self.inner.send(remote, data).await
    }
}

impl<T: Readable> Readable for OnPort<T> {
    async fn readable(&mut self) -> Result<(), T::Error> {
        self.inner.readable().await
    }
}

impl<T: MulticastV4> MulticastV4 for OnPort<T> {
    async fn join_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<(), T::Error> {
        self.inner.join_v4(group, interface).await
    }

    async fn leave_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<(), T::Error> {
        self.inner.leave_v4(group, interface).await
    }
}

impl<T: MulticastV6> MulticastV6 for OnPort<T> {
    async fn join_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<(), T::Error> {
        self.inner.join_v6(group, interface).await
    }

    async fn leave_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<(), T::Error> {
        self.inner.leave_v6(group, interface).await
    }
}

impl<T: UdpSplit> UdpSplit for OnPort<T> {
    type Receive<'a>
        = OnPort<T::Receive<'a>>
    where
        Self: 'a;
    type Send<'a>
        = OnPort<T::Send<'a>>
    where
        Self: 'a;

    fn split(&mut self) -> (Self::Receive<'_>, Self::Send<'_>) {
        let (receive, send) = self.inner.split();
        (OnPort::new(receive, self.port), OnPort::new(send, self.port))
    }
}

impl<T: UdpSplitMulticast> UdpSplitMulticast for OnPort<T> {
    type MulticastV4<'a>
        = T::MulticastV4<'a>
    where
        Self: 'a;
    type MulticastV6<'a>
        = T::MulticastV6<'a>
    where
        Self: 'a;

    fn split_multicast(
        &mut self,
    ) -> (Self::Receive<'_>, Self::Send<'_>, Self::MulticastV4<'_>, Self::MulticastV6<'_>) {
        let (receive, send, v4, v6) = self.inner.split_multicast();
        (OnPort::new(receive, self.port), OnPort::new(send, self.port), v4, v6)
    }
}
