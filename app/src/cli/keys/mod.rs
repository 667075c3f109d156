//! `skylift keys`: the keys of this computer. None of them is ever shown.

mod backup;
mod pairing;
mod signers;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;

/// What to do with the keys. Without a word, those of devices are listed.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: pairing::ListArguments,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Write the keys of all devices into FILE, which a passphrase opens
    Export(backup::ExportArguments),
    /// Take over the keys of devices from a file that was exported
    Import(backup::ImportArguments),
    /// Forget the key of a device: from then on this computer cannot give it orders
    Forget(pairing::ForgetArguments),
    /// Make a key that signs images
    NewSigner(signers::NewArguments),
    /// Take over a key that signs images, such as espsecure's
    ImportSigner(signers::ImportArguments),
    /// List the keys that sign images
    Signers(signers::ListArguments),
}

pub(super) use signers::{name as signer_name, new_signers};

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let Some(what) = &args.what else { return pairing::list(&args.list, session) };
    match what {
        What::Export(args) => backup::export(args, session),
        What::Import(args) => backup::import(args, session),
        What::Forget(args) => pairing::forget(args, session),
        What::NewSigner(args) => signers::create(args, session),
        What::ImportSigner(args) => signers::import(args, session),
        What::Signers(args) => signers::list(args, session),
    }
}
