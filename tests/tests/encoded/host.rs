//! A host that serves one file, with ranges, and breaks connections where it is told to.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The host. A device that hangs up is no error.
pub struct FileHost {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Range<usize>>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FileHost {
    /// Serves all of it to everybody.
    pub fn serving(file: &[u8]) -> Self {
        Self::breaking(file, &[])
    }

    /// The same, but each of the first connections ends at one of these bytes of the file.
    pub fn breaking(file: &[u8], ends: &[usize]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (file, ends) = (file.to_vec(), ends.to_vec());
        let (asked, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stopped) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut ends = ends.into_iter();
            while let Ok((stream, _)) = listener.accept() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let end = ends.next().unwrap_or(file.len());
                if let Some(first) = answer(stream, &file, end) {
                    seen.lock().unwrap().push(first..end.max(first));
                }
            }
        });
        Self { address, asked, stop, thread: Some(thread) }
    }

    /// What a device would fetch.
    pub fn url(&self) -> String {
        format!("http://{}/stream", self.address)
    }

    /// The parts of the file that were asked for, each up to where its connection was to end.
    pub fn asked(&self) -> Vec<Range<usize>> {
        self.asked.lock().unwrap().clone()
    }
}

/// Sends the file from the byte that is asked for; which one that is.
fn answer(mut stream: TcpStream, file: &[u8], end: usize) -> Option<usize> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let range = head.lines().find_map(|line| line.strip_prefix("Range: bytes=")?.strip_suffix('-'));
    let first: usize = range.map_or(0, |first| first.parse().unwrap());
    let (len, left) = (file.len(), file.len() - first);
    let status = if range.is_some() {
        format!("206 Partial Content\r\nContent-Range: bytes {first}-{}/{len}", len - 1)
    } else {
        "200 OK".to_owned()
    };
    let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: {left}\r\n\r\n").as_bytes());
    let _ = stream.write_all(&file[first..end.max(first)]);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
    Some(first)
}

impl Drop for FileHost {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the accept.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
