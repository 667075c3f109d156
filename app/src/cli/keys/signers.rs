//! `skylift keys new-signer | import-signer | signers`: the keys that sign images.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use skylift_protocol::Digest;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::moments::date_and_time;
use super::super::session::Session;
use crate::engine::NewSigners;
use crate::image::sign::{Keyring, SignError, Signer, SignerName, VerifyingKey};
use crate::image::write_whole;

/// What the new key is called.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct NewArguments {
    #[command(flatten)]
    naming: Naming,
}

/// Where the key is, and what it is called here.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct ImportArguments {
    /// A private key of ECDSA P-256 in PEM
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    naming: Naming,
}

#[derive(Args, Clone, Debug)]
struct Naming {
    /// Its name on this computer
    #[arg(long, value_name = "N", default_value = "default", value_parser = name)]
    name: SignerName,
    /// Write its public half to F, which everybody may have
    #[arg(long, value_name = "F")]
    export_public: Option<PathBuf>,
}

/// How to list them.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct ListArguments {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// The name of a signer, as an option has it.
pub(in super::super) fn name(text: &str) -> Result<SignerName, String> {
    text.parse().map_err(|error: SignError| error.to_string())
}

/// Signers that the user names for a device to trust, and those of this computer; `None` if none is named.
pub(in super::super) fn new_signers(
    called: &[String],
    session: &Session,
) -> Result<Option<(NewSigners, Vec<Signer>)>, Failure> {
    if called.is_empty() {
        return Ok(None);
    }
    let here = Keyring::new(&session.data_dir).list()?;
    let digests = called.iter().map(|text| meant(text, &here)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some((NewSigners::new(&digests)?, here)))
}

/// What the user means by a signer: one of those `here` on this computer, a file with a key, or a digest.
fn meant(text: &str, here: &[Signer]) -> Result<Digest, Failure> {
    if let Some(signer) = here.iter().find(|signer| signer.name.as_str() == text) {
        return Ok(signer.digest);
    }
    if let Ok(digest) = text.parse() {
        return Ok(digest);
    }
    let path = Path::new(text);
    if path.exists() {
        return Ok(VerifyingKey::read(path)?.digest());
    }
    Err(Failure::new(format!("`{text}` is no signer of this computer, no file with a key, and no digest"))
        .try_this("skylift keys signers lists those that are there")
        .try_this("a public key in PEM: skylift keys new-signer --export-public writes one"))
}

pub(super) fn create(args: &NewArguments, session: &Session) -> Result<Exit, Failure> {
    let keyring = Keyring::new(&session.data_dir);
    let signer = keyring.create(&args.naming.name)?;
    tell(&signer, &format!("{} is a new signing key.", signer.name), &args.naming, session)
}

pub(super) fn import(args: &ImportArguments, session: &Session) -> Result<Exit, Failure> {
    let keyring = Keyring::new(&session.data_dir);
    let signer = keyring.import(&args.naming.name, &args.file)?;
    let copied = format!("{} is a copy of the key in {}.", signer.name, args.file.display());
    tell(&signer, &copied, &args.naming, session)
}

fn tell(signer: &Signer, what: &str, naming: &Naming, session: &Session) -> Result<Exit, Failure> {
    let keyring = Keyring::new(&session.data_dir);
    let line = |line: String| session.output.line(line);
    line(what.to_owned());
    line(format!("  digest  {}", signer.digest));
    line(format!("  kept in {}", keyring.path(&signer.name).display()));
    if let Some(path) = &naming.export_public {
        let public = keyring.open(&signer.name)?.verifying_key().to_pem()?;
        write_whole(path, public.as_bytes())
            .map_err(|error| Failure::new(format!("{}: it cannot be written: {error}", path.display())))?;
        line(format!("  its public half is in {}", path.display()));
    }
    line(
        "Keep a copy where nobody else reads it: devices that trust it alone take no image without it."
            .to_owned(),
    );
    Ok(Exit::Done)
}

pub(super) fn list(args: &ListArguments, session: &Session) -> Result<Exit, Failure> {
    let signers = Keyring::new(&session.data_dir).list()?;
    if args.json {
        for signer in &signers {
            let created = signer.created.map(date_and_time);
            session
                .output
                .json(&json!({ "name": signer.name.as_str(), "digest": signer.digest, "created": created }));
        }
    } else if signers.is_empty() {
        session.output.line("No signing keys yet. Make one: skylift keys new-signer.");
    } else {
        let row = |signer: &Signer| {
            let created = signer.created.map_or_else(|| "-".to_owned(), date_and_time);
            [signer.name.to_string(), created, signer.digest.to_string()]
        };
        session.output.table(["NAME", "CREATED", "DIGEST"], &signers.iter().map(row).collect::<Vec<_>>());
    }
    Ok(Exit::Done)
}
