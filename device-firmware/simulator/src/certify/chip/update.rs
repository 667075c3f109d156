//! An update of a chip, driven as the node drives it.

use std::sync::Arc;

use skylift_protocol::Encoding;
use skylift_updater::SECTOR;
use skylift_updater::journal::{Attempt, Subject};
use skylift_updater::otadata::Fresh;
use skylift_updater::signature::Trust;
use skylift_updater::switch::{self, SwitchError, update_slot};
use skylift_updater::writer::{Workspace, WriteError, Writer};

use super::transfer::Transfer;
use super::{Chip, Halt, Sent, Started};
use crate::certify::flash::BenchFlash;

/// Bytes that come at a time: what one TCP segment brings.
const PIECE: usize = 1460;

impl<F: BenchFlash> Chip<F> {
    /// A whole update to image number `image`, as the node does it, up to `stop` of the bytes that are sent.
    ///
    /// # Errors
    /// Power fails, the updater refuses, or it has more sent again than it must.
    pub fn update(
        &mut self,
        started: &Started,
        image: usize,
        encoding: Encoding,
        stop: Option<usize>,
    ) -> Result<(), Halt> {
        let images = Arc::clone(&self.images);
        let broken = || Halt::Broken(format!("nobody made image {image} as {encoding}"));
        let transfer = Transfer::new(&images, image, encoding, started.image).ok_or_else(broken)?;
        let before = self.sent.take().filter(|sent| (sent.image, sent.encoding) == (image, encoding));
        self.try_update(started, &transfer, before, stop).map_err(|error| match error {
            UpdateError::Broken(sentence) => Halt::Broken(sentence),
            error => self.halt(error),
        })
    }

    fn try_update(
        &mut self,
        started: &Started,
        transfer: &Transfer<'_>,
        before: Option<Sent>,
        stop: Option<usize>,
    ) -> Result<(), UpdateError> {
        let layout = &started.layout;
        let running = Some(started.running);
        let subject = Subject {
            file_sha256: transfer.image.file_sha256,
            image_sha256: transfer.image.image_sha256(),
            size: transfer.image.bytes.len() as u32,
            slot: update_slot(layout, running),
        };
        let (mut workspace, encoding) = (Workspace::new(), transfer.for_writer());
        let mut writer = Writer::new(&mut self.flash, &mut workspace, layout, running, subject, encoding, 0)?;
        while !writer.recheck(&mut self.flash)? {}
        let first = self.flash.nor().operations();
        self.log.bulk.push(first..first);
        let whole = self.receive(started, &mut writer, transfer, before, stop)?;
        if !whole {
            self.sent = Some(transfer.sent(writer.position()));
            return Ok(());
        }
        let mut check = writer.finish(&mut self.flash, &Trust::Anybody)?;
        while !check.step(&mut self.flash)? {}
        self.log.sent.push((self.flash.nor().operations(), None));
        let fresh = if self.recorded_rollback { Fresh::New } else { Fresh::Guarded };
        Ok(switch::commit(&mut self.flash, layout, running, subject.slot, fresh)?)
    }

    /// Takes what is sent; `false` if the link broke before all of it.
    fn receive(
        &mut self,
        started: &Started,
        writer: &mut Writer<'_>,
        transfer: &Transfer<'_>,
        before: Option<Sent>,
        stop: Option<usize>,
    ) -> Result<bool, UpdateError> {
        let attempt = Attempt { order_id: *b"0123456789abcdef0123456789abcdef0123", manual: false };
        // While it hashes what it builds on, or copies what it has, the writer takes nothing.
        let patience = 2 * self.flash.capacity() / SECTOR;
        let (mut idle, mut settled) = (0, false);
        while (writer.position() as usize) < transfer.bytes.len() {
            let (at, now) = (writer.position(), self.flash.nor().operations());
            if let Some(bulk) = self.log.bulk.last_mut() {
                bulk.end = now;
            }
            if !settled && at >= transfer.payload_at {
                settled = true;
                self.settled(started, transfer, before, at)?;
            }
            self.log.sent.push((now, Some(transfer.sent(at))));
            let rest = transfer.bytes.get(at as usize..).unwrap_or_default();
            let piece = rest.get(..PIECE).unwrap_or(rest);
            idle = if writer.push(&mut self.flash, piece)? == 0 { idle + 1 } else { 0 };
            if idle > patience {
                return Err(UpdateError::Broken(format!("from byte {at} on the writer takes nothing")));
            }
            if writer.head().is_some() && !writer.has_begun() {
                writer.begin(&mut self.flash, &started.layout, Some(started.running), &attempt)?;
            }
            if stop.is_some_and(|stop| writer.position() as usize >= stop) {
                return Ok(false);
            }
        }
        if !writer.has_begun() {
            writer.begin(&mut self.flash, &started.layout, Some(started.running), &attempt)?;
        }
        Ok(true)
    }

    /// The writer has said where it goes on.
    fn settled(
        &mut self,
        started: &Started,
        transfer: &Transfer<'_>,
        before: Option<Sent>,
        at: u32,
    ) -> Result<(), UpdateError> {
        if at > transfer.payload_at {
            self.log.resumed += 1;
        }
        let sent = before.filter(|_| started.layout.journal.is_some()).map_or(0, |before| before.bytes);
        if sent > transfer.lost_at_most(at) {
            let sentence = format!("{sent} bytes were taken, and it goes on at byte {at} again");
            return Err(UpdateError::Broken(sentence));
        }
        Ok(())
    }
}

/// Why an update ended.
#[derive(Debug, thiserror::Error)]
enum UpdateError {
    #[error("{0}")]
    Write(WriteError),
    #[error("{0}")]
    Switch(SwitchError),
    #[error("{0}")]
    Broken(String),
}

impl From<WriteError> for UpdateError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl From<SwitchError> for UpdateError {
    fn from(error: SwitchError) -> Self {
        Self::Switch(error)
    }
}
