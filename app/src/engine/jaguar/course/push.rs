//! One attempt to send the whole image: what is told meanwhile, and what comes of it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::interval;

use super::super::follow::Word;
use super::super::identify::JaguarSighting;
use super::super::sending::Sent;
use super::Course;
use super::meter::Meter;
use crate::engine::client::{ClientError, Problem};
use crate::engine::update::{
    Cause, Happening, HostReason, News, Step, Verdict, Why, cancelled, cancelled_at,
};

/// Why an attempt was in vain.
pub(super) enum Miss {
    /// It may be sent again.
    Broke(Break),
    /// That is how the update ends.
    End(Verdict),
}

/// A connection that broke before the device can have had the whole image.
pub(super) struct Break {
    /// Hundredths of the image that had left this computer.
    pub(super) percent: u32,
    /// What the network said.
    pub(super) why: String,
}

impl Course<'_> {
    /// Sends the whole image, and waits for the device's word on it. `before` were sent in earlier attempts.
    pub(super) async fn push(
        &self,
        at: &JaguarSighting,
        (sent, before): (&Arc<Sent>, u64),
        cancel: &mut watch::Receiver<bool>,
    ) -> Result<Word, Miss> {
        let image: Bytes = self.assignment.image.bytes.clone();
        let peer = self.assignment.device.peer_at(at.address);
        let uuid = at.identity.facts.uuid;
        let sending = self.means.jaguar.send_firmware(&peer, uuid, image, Arc::clone(sent));
        tokio::pin!(sending);
        let mut meter = Meter::new(self.assignment.image.size());
        let mut looks = interval(self.means.timing.publish);
        let mut wants_out = true;
        loop {
            tokio::select! {
                biased;
                answer = &mut sending => {
                    let answered = Self::answered(answer, &meter, sent);
                    self.tell(News::Pushed(before + sent.bytes()));
                    if answered.is_ok() {
                        // What went by between two looks is told as well.
                        std::iter::from_fn(|| meter.look(sent)).for_each(|phase| self.tell(News::Phase(phase)));
                    }
                    return answered;
                }
                () = cancelled(cancel), if wants_out => {
                    // Dropping what is sent breaks the connection: the device gives up, and stays as it is.
                    if !meter.is_whole(sent) {
                        return Err(Miss::End(called_back()));
                    }
                    self.tell(News::Happened(Happening::TooLateToCancel));
                    wants_out = false;
                }
                _ = looks.tick() => {
                    if let Some(phase) = meter.look(sent) {
                        self.tell(News::Phase(phase));
                        self.tell(News::Pushed(before + sent.bytes()));
                    }
                    if meter.moved.elapsed() >= self.means.timing.silence {
                        return self.stalled(&meter, sent).map_err(Miss::End);
                    }
                }
            }
        }
    }

    fn answered(answer: Result<(), ClientError>, meter: &Meter, sent: &Sent) -> Result<Word, Miss> {
        let Err(error) = answer else { return Ok(Word::Taken) };
        let step = if meter.is_whole(sent) { Step::Verifying } else { Step::Downloading };
        Err(Miss::End(match &error.problem {
            Problem::Jaguar { status: 403, reason } => {
                let detail = format!("the device at {} is another one: {reason}", error.peer.address);
                Verdict::Refused(Cause::new(Why::Host(HostReason::WrongDevice), detail))
            }
            Problem::Jaguar { reason, .. } => {
                let cause = Cause::new(Why::Host(HostReason::NotTaken), not_taken(reason));
                Verdict::Failed { step, cause }
            }
            // It may have written everything, and even have restarted by now.
            Problem::Broken(_) if meter.is_all_on_its_way(sent) => return Ok(Word::Unsaid),
            Problem::Broken(why) => {
                return Err(Miss::Broke(Break { percent: meter.percent(sent), why: why.clone() }));
            }
            _ => Verdict::Failed { step, cause: Cause::of(Why::Host(HostReason::NoAnswer), &error) },
        }))
    }

    fn stalled(&self, meter: &Meter, sent: &Sent) -> Result<Word, Verdict> {
        if meter.is_whole(sent) {
            return Ok(Word::Unsaid);
        }
        let waited = self.means.timing.silence.as_secs_f32();
        let detail = format!("the device has taken nothing of the image for {waited} s");
        Err(Verdict::failed(Step::Downloading, HostReason::NoProgress, detail))
    }
}

/// It was cancelled, and the device cannot have the whole image.
pub(super) fn called_back() -> Verdict {
    cancelled_at(Step::Downloading, "the device keeps the firmware it has")
}

/// What Jaguar's exceptions mean, where that is known (toit, `lib/system/firmware.toit` and the primitives behind it).
pub(super) fn not_taken(reason: &str) -> String {
    let meaning = if reason.contains("OUT_OF_BOUNDS") {
        "the image does not fit into the device's slot, or was damaged on its way"
    } else if reason.contains("DEADLINE_EXCEEDED") {
        "the device was not done within its own limit of 300 s"
    } else if reason.contains("Checksum") {
        "the image was damaged on its way"
    } else {
        "the device stopped writing"
    };
    format!("{meaning}; it keeps the firmware it has, and says: {reason}")
}
