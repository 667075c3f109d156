//! How far the progress shown is from the truth: what the transfer log says less what the client has.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use skylift::server::{FileServer, ServedImage, ServerConfig, TransferSnapshot};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::contestants::Site;
use super::crowd::{Errand, small_socket};
use super::loads::RATE;

/// Clients at 64 KiB/s; enough that they do not all stand at the same place.
const SLOW: usize = 100;
/// Bytes a second of the quick one beside them.
const QUICK_RATE: u32 = 1_000_000;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// What one client has, by the port that the transfer log knows it by.
type Received = Arc<Mutex<HashMap<u16, Client>>>;

struct Client {
    rate: u32,
    received: Arc<AtomicU64>,
}

/// Bytes shown too much, of every look at every transfer that a client was waiting for.
pub struct Honesty {
    slow: Vec<i64>,
    quick: Vec<i64>,
}

/// Fetches with slow clients and a quick one, and compares all the time.
pub fn run(site: &Site) -> Honesty {
    let serving = Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ServerConfig { address: Ipv4Addr::LOCALHOST.into(), port: 0, ..ServerConfig::default() };
    let server = serving.block_on(FileServer::start(config)).unwrap();
    let offer = server.publish_plain(ServedImage::new(site.image.clone())).unwrap();
    let errand = Errand { address: server.local_addr(), image: site.image.clone(), rate: RATE };
    let received = Received::default();
    let stop = Arc::new(AtomicBool::new(false));
    let looking = std::thread::spawn({
        let (log, received, stop) = (server.transfers(), Arc::clone(&received), Arc::clone(&stop));
        move || compare(&log, &received, &stop)
    });
    // The clients have a thread of their own, as they have a computer of their own.
    let fetching = Builder::new_current_thread().enable_all().build().unwrap();
    fetch_all(&fetching, &errand, &received);
    stop.store(true, Ordering::Relaxed);
    drop(offer);
    looking.join().unwrap()
}

fn fetch_all(runtime: &Runtime, errand: &Errand, received: &Received) {
    let until = Instant::now() + errand.ideal();
    let quick = Errand { rate: QUICK_RATE, ..errand.clone() };
    runtime.block_on(async {
        let slow: Vec<_> =
            (0..SLOW).map(|_| tokio::spawn(fetch(errand.clone(), Arc::clone(received)))).collect();
        while Instant::now() < until {
            fetch(quick.clone(), Arc::clone(received)).await;
        }
        for client in slow {
            client.await.unwrap();
        }
    });
}

async fn fetch(errand: Errand, received: Received) {
    let count = Arc::new(AtomicU64::new(0));
    let (stream, port) = small_socket().unwrap().connect_to(errand.address).await.unwrap();
    let client = Client { rate: errand.rate, received: Arc::clone(&count) };
    received.lock().unwrap().insert(port, client);
    errand.fetch(stream, Instant::now(), &count).await.unwrap();
    // What the log says of it from now on is no longer progress.
    received.lock().unwrap().remove(&port);
}

fn compare(log: &watch::Receiver<Arc<TransferSnapshot>>, received: &Received, stop: &AtomicBool) -> Honesty {
    let mut honesty = Honesty { slow: Vec::new(), quick: Vec::new() };
    while !stop.load(Ordering::Relaxed) {
        let received = received.lock().unwrap();
        let shown = Arc::clone(&log.borrow());
        for transfer in &shown.transfers {
            if let Some(client) = received.get(&transfer.peer.port()) {
                let ahead = transfer.sent as i64 - client.received.load(Ordering::Relaxed) as i64;
                if client.rate == RATE { &mut honesty.slow } else { &mut honesty.quick }.push(ahead);
            }
        }
        drop(received);
        std::thread::sleep(LOOK);
    }
    honesty
}

impl Honesty {
    /// A table; positive is ahead of the client.
    pub fn print(self) {
        println!(
            "\n| progress shown less what the client has, KiB | looks | least | p50 | p99 | most | goal, p99 |"
        );
        println!("|---|---|---|---|---|---|---|");
        let all: Vec<i64> = self.slow.iter().chain(&self.quick).copied().collect();
        for (name, mut looks) in [("at 64 KiB/s", self.slow), ("at 1 MB/s", self.quick), ("together", all)] {
            looks.sort_unstable();
            let at = |share: f64| {
                let at = ((looks.len() - 1) as f64 * share).round() as usize;
                format!("{:.0}", looks[at] as f64 / 1024.0)
            };
            let (least, p50, p99, most) = (at(0.0), at(0.5), at(0.99), at(1.0));
            println!("| {name} | {} | {least} | {p50} | {p99} | {most} | ≤ 48 |", looks.len());
        }
    }
}
