//! How long a client has taken nothing, and when that is too long.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Patience with one client.
pub(super) struct Stall {
    patience: Duration,
    since: Option<Instant>,
    /// Set anew only when it rings: most waits are over long before.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience, since: None, alarm: None }
    }

    /// The client has taken something.
    pub(super) fn over(&mut self) {
        self.since = None;
    }

    /// The client takes nothing: ready when that has lasted too long.
    pub(super) fn poll_too_long(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = *self.since.get_or_insert_with(Instant::now) + self.patience;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        loop {
            ready!(alarm.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// The alarm that rings here belongs to a wait that is over.
    #[tokio::test]
    async fn patience_begins_anew_with_each_wait() {
        let patience = Duration::from_secs(600);
        let mut stall = Stall::new(patience);
        stall.alarm = Some(Box::pin(sleep_until(Instant::now())));
        let set_anew = poll_fn(|cx| {
            assert!(stall.poll_too_long(cx).is_pending());
            let due = stall.since.map(|since| since + patience);
            if stall.alarm.as_ref().map(|alarm| alarm.deadline()) == due {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        tokio::time::timeout(Duration::from_secs(30), set_anew).await.unwrap();
        let first = stall.since;
        stall.over();
        let waits = poll_fn(|cx| Poll::Ready(stall.poll_too_long(cx).is_pending())).await;
        assert!(waits && stall.since > first);
    }

    #[tokio::test]
    async fn it_lasts_too_long_in_the_end() {
        let mut stall = Stall::new(Duration::from_millis(5));
        poll_fn(|cx| stall.poll_too_long(cx)).await;
        assert!(stall.since.is_some_and(|since| since.elapsed() >= Duration::from_millis(5)));
    }
}
