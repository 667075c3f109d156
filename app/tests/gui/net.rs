//! A site on this computer that images are fetched from.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// A site. It is gone with the process.
pub struct Site {
    address: SocketAddr,
}

impl Site {
    /// With this image.
    pub fn with(image: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let image = Arc::new(image);
        std::thread::spawn(move || {
            for peer in listener.incoming().flatten() {
                let image = Arc::clone(&image);
                // Who goes away meanwhile has seen enough.
                std::thread::spawn(move || drop(answer(peer, &image)));
            }
        });
        Self { address }
    }

    /// Where the image is.
    pub fn quick(&self) -> String {
        format!("http://{}/ota.bin", self.address)
    }

    /// Where its first half is, and the rest never comes.
    pub fn endless(&self) -> String {
        format!("http://{}/endless.bin", self.address)
    }
}

fn answer(mut peer: TcpStream, image: &[u8]) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let length = peer.read(&mut request)?;
    let endless = request[..length].starts_with(b"GET /endless");
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", image.len());
    peer.write_all(head.as_bytes())?;
    if !endless {
        return peer.write_all(image);
    }
    peer.write_all(&image[..image.len() / 2])?;
    // Until the other side hangs up.
    while peer.read(&mut request)? > 0 {}
    Ok(())
}
