//! One connection to a Jaguar device, as its HTTP server sees it: requests one after another, and their bodies.

use std::io::{Error, ErrorKind, Result};

use tokio::net::TcpStream;

use super::seen::Request;

/// No head of a request is longer.
const MAX_HEAD: usize = 16 * 1024;
/// A chip takes little at a time.
const PIECE: usize = 1436;

/// A connection.
pub(super) struct Wire<'s> {
    stream: &'s TcpStream,
    /// What has come, and has not been read.
    buffer: Vec<u8>,
    /// Bytes of the body that are still to be read.
    pub(super) left: usize,
}

impl<'s> Wire<'s> {
    pub(super) const fn new(stream: &'s TcpStream) -> Self {
        Self { stream, buffer: Vec::new(), left: 0 }
    }

    /// The next request. None once the client has closed.
    pub(super) async fn request(&mut self) -> Result<Option<Request>> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ErrorKind::InvalidData.into());
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        };
        let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
        let head = String::from_utf8_lossy(&head[..end]);
        let request = Request::parse(&head).ok_or(Error::from(ErrorKind::InvalidData))?;
        self.left = request.field("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
        Ok(Some(request))
    }

    /// Some of the body, at most `most` bytes; nothing once it is at its end.
    pub(super) async fn body(&mut self, most: usize) -> Result<Vec<u8>> {
        if self.left == 0 {
            return Ok(Vec::new());
        }
        if self.buffer.is_empty() && self.fill().await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let len = self.buffer.len().min(self.left).min(most);
        self.left -= len;
        Ok(self.buffer.drain(..len).collect())
    }

    /// Writes an answer.
    pub(super) async fn write(&self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(bytes) {
                Ok(len) => bytes = &bytes[len..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<usize> {
        loop {
            self.stream.readable().await?;
            let mut piece = [0; PIECE];
            match self.stream.try_read(&mut piece) {
                Ok(len) => {
                    self.buffer.extend_from_slice(&piece[..len]);
                    return Ok(len);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}
