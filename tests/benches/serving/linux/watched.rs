//! A server's processes: their memory and CPU time as the kernel counts them.

use std::fs::read_to_string;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How often the memory is looked at while a load runs.
const LOOK: Duration = Duration::from_millis(50);

/// A running server; dropping it ends it.
pub struct Watched {
    child: Child,
    pub address: SocketAddr,
}

impl Watched {
    pub fn new(child: Child, port: u16) -> Self {
        Self { child, address: (Ipv4Addr::LOCALHOST, port).into() }
    }

    /// Runs a load, and tells what it cost the server.
    pub fn during<T>(&self, load: impl FnOnce(SocketAddr) -> T) -> (T, Cost) {
        let pids = tree(self.child.id());
        let (idle, cpu) = (memory(&pids), cpu_time(&pids));
        let peak = Peak::watch(pids.clone(), idle);
        let result = load(self.address);
        let cpu = cpu_time(&pids).saturating_sub(cpu);
        (result, Cost { growth: peak.stop() - idle, cpu })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        for pid in tree(self.child.id()) {
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::TERM);
            }
        }
        let _ = self.child.wait();
    }
}

/// What a load cost a server.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes of resident memory at the peak, less those before.
    pub growth: u64,
    /// User and system time.
    pub cpu: Duration,
}

/// Looks at the memory again and again.
struct Peak {
    highest: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    looking: JoinHandle<()>,
}

impl Peak {
    fn watch(pids: Vec<u32>, idle: u64) -> Self {
        let highest = Arc::new(AtomicU64::new(idle));
        let stop = Arc::new(AtomicBool::new(false));
        let looking = std::thread::spawn({
            let (highest, stop) = (Arc::clone(&highest), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    highest.fetch_max(memory(&pids), Ordering::Relaxed);
                    std::thread::sleep(LOOK);
                }
            }
        });
        Self { highest, stop, looking }
    }

    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.looking.join().unwrap();
        self.highest.load(Ordering::Relaxed)
    }
}

/// A process and its descendants: nginx has workers, npx a shell and Node.
fn tree(root: u32) -> Vec<u32> {
    let mut pids = vec![root];
    let mut at = 0;
    while let Some(&pid) = pids.get(at) {
        let children = read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        pids.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        at += 1;
    }
    pids
}

/// Bytes resident; pages that two processes share count for both, before as after.
fn memory(pids: &[u32]) -> u64 {
    let pages = |pid: &u32| -> Option<u64> {
        let statm = read_to_string(format!("/proc/{pid}/statm")).ok()?;
        statm.split(' ').nth(1)?.parse().ok()
    };
    pids.iter().filter_map(pages).sum::<u64>() * rustix::param::page_size() as u64
}

/// User and system time of all threads, those that have ended included.
fn cpu_time(pids: &[u32]) -> Duration {
    let ticks = |pid: &u32| -> Option<u64> {
        let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may have spaces; utime and stime are the 14th and 15th field, the name the second.
        let after_name = stat.rsplit_once(')')?.1;
        let mut fields = after_name.split_whitespace().skip(11);
        Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
    };
    let ticks: u64 = pids.iter().filter_map(ticks).sum();
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
