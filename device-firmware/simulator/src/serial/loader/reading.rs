//! The stub's way to read flash: blocks as they are, acknowledged by the bytes that have come, and an MD5 at the end.

use md5::{Digest, Md5};
use skylift_updater::Flash;

use crate::nor::Nor;
use crate::serial::packet::Refusal;

/// Bytes of the largest block.
const MAX_BLOCK: u32 = 0x4000;

/// A reading that goes on.
pub(super) struct Reading {
    at: u32,
    left: u32,
    block: u32,
    /// Blocks that may be on their way.
    most: u32,
    sent: u32,
    acknowledged: u32,
    sum: Option<Md5>,
}

impl Reading {
    /// Begins one: offset, length, bytes of a block, blocks that may be unacknowledged.
    pub fn begin([offset, len, block, most]: [u32; 4], nor: &Nor) -> Result<Self, Refusal> {
        if block == 0 || block > MAX_BLOCK || most == 0 {
            return Err(Refusal::Malformed);
        }
        offset.checked_add(len).filter(|&end| end <= nor.capacity()).ok_or(Refusal::Failed)?;
        Ok(Self { at: offset, left: len, block, most, sent: 0, acknowledged: 0, sum: Some(Md5::new()) })
    }

    /// Takes an acknowledgement: all bytes that have come.
    pub fn acknowledge(&mut self, bytes: u32) {
        self.acknowledged = bytes.min(self.sent);
    }

    /// What may be sent now.
    pub fn frames(&mut self, nor: &mut Nor) -> Result<Vec<Vec<u8>>, Refusal> {
        let mut frames = Vec::new();
        while self.left > 0 && (self.sent - self.acknowledged).div_ceil(self.block) < self.most {
            let mut bytes = vec![0; self.left.min(self.block) as usize];
            nor.read(self.at, &mut bytes).map_err(|_| Refusal::Read)?;
            if let Some(sum) = &mut self.sum {
                sum.update(&bytes);
            }
            let len = bytes.len() as u32;
            self.at += len;
            self.left -= len;
            self.sent += len;
            frames.push(bytes);
        }
        if self.left == 0 && self.acknowledged == self.sent {
            frames.extend(self.sum.take().map(|sum| sum.finalize().to_vec()));
        }
        Ok(frames)
    }

    /// Whether all has been sent, and acknowledged.
    pub const fn is_over(&self) -> bool {
        self.sum.is_none()
    }
}
