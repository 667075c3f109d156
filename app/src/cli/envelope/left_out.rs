//! `--without NAME`: what an envelope brings along, and does not go into what is made of it.

use clap::Args;

/// Containers of the envelope.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct LeftOut {
    /// A container of the envelope that does not go into the image
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
}

impl LeftOut {
    /// Whether all of it goes into the image.
    pub(in crate::cli) const fn is_nothing(&self) -> bool {
        self.without.is_empty()
    }

    /// Their names.
    pub(in crate::cli) fn names(&self) -> Vec<String> {
        self.without.clone()
    }
}
