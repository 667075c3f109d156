//! An update of a chip, driven as the node drives it.

use std::sync::Arc;

use skylift_updater::journal::{Attempt, Subject};
use skylift_updater::otadata::Fresh;
use skylift_updater::signature::Trust;
use skylift_updater::switch::{self, SwitchError, update_slot};
use skylift_updater::writer::{WriteError, Writer};

use super::{Chip, Halt, Started};
use crate::certify::flash::BenchFlash;
use crate::certify::image::Image;

/// Bytes that come at a time: what one TCP segment brings.
const PIECE: usize = 1460;

impl<F: BenchFlash> Chip<F> {
    /// A whole update to image number `image`, as the node does it, up to `stop` bytes of it.
    ///
    /// # Errors
    /// Power fails, or the updater refuses.
    pub fn update(&mut self, started: &Started, image: usize, stop: Option<usize>) -> Result<(), Halt> {
        let images = Arc::clone(&self.images);
        let image = images.get(image).ok_or_else(|| Halt::Refused("there is no such image".into()))?;
        self.try_update(started, image, stop).map_err(|error| self.halt(error))
    }

    fn try_update(
        &mut self,
        started: &Started,
        image: &Image,
        stop: Option<usize>,
    ) -> Result<(), UpdateError> {
        let (flash, layout) = (&mut self.flash, &started.layout);
        let running = Some(started.running);
        let subject = Subject {
            file_sha256: image.file_sha256,
            image_sha256: image.image_sha256(),
            size: image.bytes.len() as u32,
            slot: update_slot(layout, running),
        };
        let mut writer = Writer::new(flash, layout, running, subject)?;
        while !writer.recheck(flash)? {}
        let attempt = Attempt { order_id: *b"0123456789abcdef0123456789abcdef0123", manual: false };
        let mut bulk = flash.nor().operations()..flash.nor().operations();
        let rest = image.bytes.get(writer.position() as usize..).unwrap_or_default();
        for piece in rest.chunks(PIECE) {
            bulk.end = flash.nor().operations();
            let mut rest = piece;
            while !rest.is_empty() {
                let taken = writer.push(flash, rest)?;
                rest = rest.get(taken..).unwrap_or_default();
                if writer.head().is_some() && !writer.has_begun() {
                    writer.begin(flash, layout, running, &attempt)?;
                }
            }
            if stop.is_some_and(|stop| writer.position() as usize >= stop) {
                self.log.bulk.push(bulk);
                return Ok(());
            }
        }
        self.log.bulk.push(bulk);
        if !writer.has_begun() {
            writer.begin(flash, layout, running, &attempt)?;
        }
        let mut check = writer.finish(flash, &Trust::Anybody)?;
        while !check.step(flash)? {}
        let fresh = if self.recorded_rollback { Fresh::New } else { Fresh::Guarded };
        Ok(switch::commit(flash, layout, running, subject.slot, fresh)?)
    }
}

/// Why an update ended.
#[derive(Debug, thiserror::Error)]
enum UpdateError {
    #[error("{0}")]
    Write(WriteError),
    #[error("{0}")]
    Switch(SwitchError),
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
