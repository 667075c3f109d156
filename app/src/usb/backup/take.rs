//! A backup is taken: the whole flash is read, as far as earlier backups do not hold it already.

use std::path::Path;

use jiff::Timestamp;

use super::about::{About, Held, MAX_FLASH};
use super::error::BackupError;
use super::folder::{Backup, Backups};
use super::known::Known;
use crate::usb::wire::{Link, PIECE, PieceMd5};
use crate::usb::{Step, UsbError, Work};

/// A backup that was taken, and what it cost. The three counts are bytes of flash, and together all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The backup.
    pub backup: Backup,
    /// Pieces that are blank: nothing was sent.
    pub blank: u64,
    /// Pieces that earlier backups hold: nothing was sent.
    pub shared: u64,
    /// How many earlier backups these were.
    pub shared_with: usize,
    /// Pieces that the board sent.
    pub read: u64,
}

impl Backups {
    /// Reads the whole flash of a board into a backup: here, or in the file `out`. It is there whole or not at all.
    ///
    /// # Errors
    /// The board fails, or the file cannot be written, or somebody called it off. The board is as it was.
    pub fn take(&self, link: &mut Link, out: Option<&Path>, work: &mut Work<'_>) -> Result<Taken, UsbError> {
        if out.is_none() {
            self.prepare()?;
        }
        let size = link.flash_size();
        if size > MAX_FLASH {
            return Err(BackupError::FlashTooLarge { port: link.port().to_owned(), size }.into());
        }
        let security = link.security()?;
        if security.secure_download {
            return Err(BackupError::Hidden { port: link.port().to_owned() }.into());
        }
        let identity = link.identity()?;
        let mut known = Known::new(self.list()?.backups, identity.mac.as_deref());
        let mut shared = 0;
        let mut recall = |md5: &PieceMd5| {
            let piece = known.recall(md5)?;
            shared += piece.len() as u64;
            Some(piece)
        };
        let flash = link.read_unknown(Step::BackUp, 0, size, &mut recall, work)?;
        work.check()?;
        let about = About::new(&identity, security, Held::new(&flash), Timestamp::now());
        let backup = self.put(about, &flash, out)?;
        let blank = blank(&flash);
        let read = u64::from(size).saturating_sub(blank + shared);
        Ok(Taken { backup, blank, shared, shared_with: known.used(), read })
    }
}

/// Bytes of the pieces that are blank.
fn blank(flash: &[u8]) -> u64 {
    let blank = |piece: &&[u8]| piece.iter().all(|&byte| byte == 0xFF);
    flash.chunks(PIECE as usize).filter(blank).map(|piece| piece.len() as u64).sum()
}
