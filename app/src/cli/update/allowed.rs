//! What an image may be like that is sent all the same.

use clap::Args;

/// Images that are sent only if the user says so.
#[derive(Args, Clone, Copy, Debug)]
pub(in crate::cli) struct Allowed {
    /// Allow an image without boot guard, though a bad one would stay
    #[arg(long)]
    pub(in crate::cli) allow_unguarded: bool,
    /// Allow an image of another project
    #[arg(long)]
    pub(in crate::cli) allow_other_project: bool,
}
