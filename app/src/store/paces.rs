//! How fast devices were, for the engine: read from the history, where there is one.

use std::sync::{Mutex, PoisonError};

use super::{DataDir, Database};
use crate::engine::{Pace, PaceBook};

/// How fast devices were, by the history of a data folder. It is opened when it is first asked, and never created.
#[derive(Debug)]
pub struct Paces {
    data_dir: DataDir,
    open: Mutex<Option<Database>>,
}

impl Paces {
    /// The paces in a data folder.
    #[must_use]
    pub fn new(data_dir: &DataDir) -> Self {
        Self { data_dir: data_dir.clone(), open: Mutex::default() }
    }
}

/// A history that cannot be read says nothing: usual times are taken then.
impl PaceBook for Paces {
    fn paces(&self, device: &str) -> Vec<Pace> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() && Database::is_in(&self.data_dir) {
            *open = Database::open_to_read(&self.data_dir).ok();
        }
        open.as_ref().and_then(|database| database.paces(device).ok()).unwrap_or_default()
    }
}
