//! Erasing ahead: the slot of the next update is erased before its order comes.

use embassy_time::Timer;
use skylift_protocol::{OrderFlaw, Phase, Prepare, Preparing};
use skylift_updater::Flash;
use skylift_updater::prepare::Preparation;
use skylift_updater::switch::update_slot;
use skylift_updater::writer::WriteError;

use crate::node::{Node, State};
use crate::orders::NotTaken;
use crate::platform::Platform;

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Begins to erase, or says why not; [`erase_ahead`](Self::erase_ahead) does it. Asked again, it goes on.
    ///
    /// From here on nobody returns to the image that lies there: not by otadata, not by hand.
    pub(crate) fn take_preparation(&self, wanted: Prepare) -> Result<Preparing, NotTaken> {
        if wanted.size == 0 {
            return Err(NotTaken::Flaw(OrderFlaw::Size));
        }
        self.check_free(None)?;
        let mut state = self.state.borrow_mut();
        let preparation = match state.preparation {
            Some(mut begun) => begun.extend(wanted.size).map(|()| begun),
            None => self.settle_slot(wanted.size),
        };
        let preparation = preparation.map_err(NotTaken::Write)?;
        let slot = preparation.slot();
        self.forget_image(slot);
        state.resume = None;
        state.preparation = Some(preparation);
        if !preparation.is_done() {
            self.log.line(format_args!("erasing slot {slot} ahead, for {} bytes", wanted.size));
        }
        self.go_on_erasing(&mut state);
        Ok(Preparing { slot, size: wanted.size })
    }

    /// Has the rest erased of what was promised to be, if there is a rest.
    pub(crate) fn go_on_erasing(&self, state: &mut State) {
        if state.preparation.is_some_and(|it| !it.is_done()) {
            state.phase = Phase::Preparing;
            self.preparations.signal(());
        }
    }

    fn settle_slot(&self, size: u32) -> Result<Preparation, WriteError> {
        let (layout, running) = (&self.boot.layout, self.boot.running);
        let slot = update_slot(layout, running);
        Preparation::begin(&mut *self.flash.borrow_mut(), layout, running, slot, size)
    }

    /// Erases block by block, up to the end or the next order, which takes over what is erased.
    pub(crate) async fn erase_ahead(&self) {
        while !self.orders.signaled() && self.erase_next() {
            // An erase takes long: let the API answer between two, which takes it several turns.
            Timer::after(self.config.erase_pause).await;
        }
    }

    /// Whether there is more to erase.
    fn erase_next(&self) -> bool {
        let mut state = self.state.borrow_mut();
        // Asked for twice while it was at work, it has nothing to do the second time.
        let Some(preparation) = state.preparation.as_mut().filter(|it| !it.is_done()) else { return false };
        let erased = preparation.step(&mut *self.flash.borrow_mut());
        let (slot, bytes) = (preparation.slot(), preparation.erased());
        match erased {
            Ok(()) if !preparation.is_done() => return true,
            Ok(()) => self.log.line(format_args!("slot {slot} is erased ahead, {bytes} bytes")),
            Err(error) => self.log.line(format_args!("slot {slot} is not erased ahead: {error}")),
        }
        if state.phase == Phase::Preparing {
            state.phase = Phase::Idle;
        }
        false
    }
}
