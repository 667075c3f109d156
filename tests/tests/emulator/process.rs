//! A program that runs beside its test, and never longer than it may.

use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// It runs as long as this lives, or until it ends; SIGKILL ends it.
pub struct Process {
    child: Arc<Mutex<Child>>,
    over: Option<Sender<()>>,
    limit: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it; after `longest` it is killed.
    pub fn start(command: &mut Command, longest: Duration) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let child = Arc::new(Mutex::new(child));
        let (over, is_over) = channel();
        let limited = Arc::clone(&child);
        let limit = std::thread::spawn(move || {
            if is_over.recv_timeout(longest) == Err(RecvTimeoutError::Timeout) {
                limited.lock().unwrap().kill().ok();
            }
        });
        Self { child, over: Some(over), limit: Some(limit) }
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<ExitStatus> {
        self.child.lock().unwrap().try_wait().unwrap()
    }

    /// Waits until it ends; its limit sees to it that it does.
    pub fn wait(&self) -> ExitStatus {
        loop {
            if let Some(status) = self.end() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(mut child) = self.child.lock() {
            child.kill().ok();
            child.wait().ok();
        }
        self.over = None;
        if let Some(limit) = self.limit.take() {
            limit.join().ok();
        }
    }
}
