//! What the updater is put on for a proof: the NOR model, or something around it.

use skylift_updater::Flash;

use crate::nor::Nor;

/// A flash under test: the NOR model itself, or something around it that spoils what the updater does.
pub trait BenchFlash: Flash + Clone + Send {
    /// Whether the model's state is all the state there is.
    const BARE: bool = false;

    /// The model.
    fn nor(&self) -> &Nor;

    /// The model.
    fn nor_mut(&mut self) -> &mut Nor;

    /// Everything in RAM is gone.
    fn forget(&mut self) {}

    /// The rule that it has seen broken, if it looks for such a thing.
    fn complaint(&self) -> Option<String> {
        None
    }
}

impl BenchFlash for Nor {
    const BARE: bool = true;

    fn nor(&self) -> &Nor {
        self
    }

    fn nor_mut(&mut self) -> &mut Nor {
        self
    }
}
