//! What a flash holds, seen from another thread than the one that works with it.

use std::sync::{Arc, Mutex, PoisonError};

use super::Nor;

/// A view of a flash that follows every change of it.
#[derive(Clone, Debug)]
pub struct Mirror(Arc<Mutex<Vec<u8>>>);

impl Mirror {
    /// What the cells hold now.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A flash in memory that goes on with what this one holds.
    #[must_use]
    pub fn revive(&self) -> Nor {
        let mut nor = Nor::new(self.bytes(), None);
        nor.mirror = Some(self.clone());
        nor
    }

    pub(super) fn set(&self, start: usize, bytes: &[u8]) {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cells) = cells.get_mut(start..start + bytes.len()) {
            cells.copy_from_slice(bytes);
        }
    }
}

impl Nor {
    /// A view of this flash, in place of an earlier one. A fork of the flash does not change it.
    pub fn mirror(&mut self) -> Mirror {
        let mirror = Mirror(Arc::new(Mutex::new(self.cells.clone())));
        self.mirror = Some(mirror.clone());
        mirror
    }
}
