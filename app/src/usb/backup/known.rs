//! Pieces of flash that earlier backups hold: what a board has still, it need not send again.

use std::collections::{BTreeSet, HashMap};

use md5::{Digest as _, Md5};

use super::contents::hex;
use super::folder::Backup;
use crate::usb::wire::{PIECE, PieceMd5};

/// Unpacked flashes that are held in memory, in bytes.
const MEMORY: usize = 64 << 20;

/// The pieces of earlier backups.
pub(super) struct Known {
    backups: Vec<Backup>,
    /// By MD5: which backup, and the number of the piece in it.
    places: HashMap<String, (usize, usize)>,
    /// Flashes that were unpacked; `None` is one that is damaged.
    unpacked: HashMap<usize, Option<Vec<u8>>>,
    used: BTreeSet<usize>,
}

impl Known {
    /// Those of `backups`, the newest first; of the board `mac` go before those of others.
    pub(super) fn new(mut backups: Vec<Backup>, mac: Option<&str>) -> Self {
        backups.sort_by_key(|backup| backup.about.mac.as_deref() != mac);
        let blank = hex(&Md5::digest(vec![0xFF; PIECE as usize]).into());
        let mut places = HashMap::new();
        for (which, backup) in backups.iter().enumerate() {
            for (piece, md5) in
                backup.about.held.pieces_md5.iter().enumerate().filter(|(_, md5)| **md5 != blank)
            {
                places.entry(md5.clone()).or_insert((which, piece));
            }
        }
        Self { backups, places, unpacked: HashMap::new(), used: BTreeSet::new() }
    }

    /// The piece of this MD5, if an earlier backup really holds it.
    pub(super) fn recall(&mut self, md5: &PieceMd5) -> Option<Vec<u8>> {
        let (which, piece) = *self.places.get(&hex(md5))?;
        let found = self.flash(which)?.chunks(PIECE as usize).nth(piece)?.to_vec();
        if Md5::digest(&found)[..] != md5[..] {
            return None;
        }
        self.used.insert(which);
        Some(found)
    }

    /// How many backups pieces were taken from.
    pub(super) fn used(&self) -> usize {
        self.used.len()
    }

    fn flash(&mut self, which: usize) -> Option<&[u8]> {
        if !self.unpacked.contains_key(&which) {
            let backup = self.backups.get(which)?;
            let held: usize = self.unpacked.values().flatten().map(Vec::len).sum();
            if held + backup.about.held.flash_size as usize > MEMORY {
                self.unpacked.clear();
            }
            self.unpacked.insert(which, backup.flash().ok());
        }
        self.unpacked.get(&which)?.as_deref()
    }
}
