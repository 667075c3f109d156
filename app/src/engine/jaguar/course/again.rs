//! Sending the image, and sending it again where the connection breaks on the way. Jaguar writes into the slot that does
//! not run, and forgets what came over a broken connection: to begin anew from the first byte does no harm.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use tokio::time::sleep;

use super::super::follow::Word;
use super::super::identify::JaguarSighting;
use super::super::sending::Sent;
use super::Course;
use super::push::{Break, Miss, called_back};
use crate::engine::update::{Happening, HostReason, News, Phase, Progress, Step, Verdict, cancelled};

impl Course<'_> {
    /// Sends the whole image until the device has it, or there is no use in it any more; gives its word.
    pub(super) async fn send(
        &self,
        mut at: JaguarSighting,
        cancel: &mut watch::Receiver<bool>,
    ) -> Result<Word, Verdict> {
        self.tell(News::sends_raw(self.assignment.image.size()));
        let (mut before, mut further) = (0, self.means.further_offers);
        loop {
            let sent = Arc::new(Sent::default());
            let broke = match self.push(&at, (&sent, before), cancel).await {
                Ok(word) => return Ok(word),
                Err(Miss::End(verdict)) => return Err(verdict),
                Err(Miss::Broke(broke)) => broke,
            };
            if further == 0 {
                return Err(broke.for_good(self.means.further_offers));
            }
            further -= 1;
            before += sent.bytes();
            self.tell_from_the_start(&broke);
            at = tokio::select! {
                () = cancelled(cancel) => return Err(called_back()),
                found = self.is_still_itself(&broke) => found?,
            };
        }
    }

    /// What the device had counts no more.
    fn tell_from_the_start(&self, broke: &Break) {
        self.tell(News::Happened(Happening::SentAgain(broke.percent)));
        let total = self.assignment.image.size();
        self.tell(News::Phase(Phase::Downloading(Progress { written: 0, total, rate: None })));
    }

    /// Waits until the device answers under its old id, which says that it runs its old firmware. It may have lost its
    /// network, or its power.
    async fn is_still_itself(&self, broke: &Break) -> Result<JaguarSighting, Verdict> {
        let timing = &self.means.timing;
        let begun = Instant::now();
        // It may still wait for more on the connection that is no more, and hears nobody else as long.
        sleep(timing.stream_pause).await;
        loop {
            let error = match self.ask(None).await {
                Ok(seen) => return Ok(seen),
                Err(error) => error,
            };
            if begun.elapsed() >= timing.silence {
                let (percent, waited) = (broke.percent, timing.silence.as_secs_f32());
                let detail = format!(
                    "the connection broke at {percent} %, and the device has not answered as itself for {waited} s \
                     since: {error}"
                );
                return Err(Verdict::failed(Step::Downloading, HostReason::NoAnswer, detail));
            }
            sleep(timing.poll).await;
        }
    }
}

impl Break {
    /// The verdict, after the image was begun again so often.
    fn for_good(&self, again: u32) -> Verdict {
        let Self { percent, why } = self;
        let times = if again == 0 {
            String::new()
        } else {
            format!("{} times, the last time at {percent} %, ", again + 1)
        };
        let detail = format!("the connection broke {times}before the device had the whole image: {why}");
        Verdict::failed(Step::Downloading, HostReason::NoAnswer, detail)
    }
}
