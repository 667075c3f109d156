//! `skylift sign IMAGE`: signs an image, for devices that take signed images only.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::keys::signer_name;
use super::made::Made;
use super::session::Session;
use crate::image::Image;
use crate::image::sign::{Keyring, SignerName, signed};

/// Which image, by whom, and where it goes.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The image: a file, or its version or digest in the library
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// The name of the signing key [default: the setting signing.default-signer]
    #[arg(long, value_name = "N", value_parser = signer_name)]
    signer: Option<SignerName>,
    /// The file to write; without it the image's own file is replaced
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
    /// Keep the signatures that are there; up to three have room
    #[arg(long)]
    append: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let image = session.image(&args.image)?;
    let signer = match &args.signer {
        Some(signer) => signer,
        None => &session.settings()?.default_signer,
    };
    let signed = signed_by(&image, signer, args.append, session)?;
    // What is in the library stays as it is: it is named by what is in it.
    let own_file = Some(&args.image).filter(|path| path.is_file());
    let source = std::path::absolute(&image.path).unwrap_or_else(|_| image.path.clone());
    let made = Made {
        image: &signed,
        elf: None,
        source: source.display().to_string(),
        origin: format!("signed by {signer}"),
    };
    made.keep(args.output.as_ref().or(own_file).map(PathBuf::as_path), args.json, session)
}

/// The image with a signature by the key of this name.
pub(super) fn signed_by(
    image: &Image,
    signer: &SignerName,
    append: bool,
    session: &Session,
) -> Result<Image, Failure> {
    let key = Keyring::new(&session.data_dir).open(signer)?;
    Ok(signed(image, &key, append)?)
}
