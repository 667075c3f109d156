//! `skylift inspect IMAGE`: what an image is, and whether a device would boot it; what a Toit envelope holds.

mod envelope;
mod signatures;
mod toit;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use skylift_protocol::{Digest, FirmwareKind};

use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::session::Session;
use crate::engine::printable;
use crate::image::envelope::Envelope;
use crate::image::library::OpenError;
use crate::image::{Flaw, Image, InspectError, WrongFile};
use signatures::Signatures;

/// Which image, and how to show it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The image: ota.bin, or <project>.bin; or an envelope of Toit
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    match session.image(&args.image) {
        Ok(image) if args.json => session.output.json(&as_json(&image, session)),
        Ok(image) => show(&image, session),
        Err(error) if is_envelope(&error) => look_into(&args.image, args.json, session)?,
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}

fn is_envelope(error: &OpenError) -> bool {
    matches!(error, OpenError::File(InspectError { flaw: Flaw::WrongFile(WrongFile::Envelope), .. }))
}

fn look_into(path: &Path, json: bool, session: &Session) -> Result<(), Failure> {
    let opened = Envelope::open(path)?;
    if json {
        session.output.json(&envelope::as_json(path, &opened)?);
        return Ok(());
    }
    envelope::show(path, &opened, session)
}

fn show(image: &Image, session: &Session) {
    let line = |name: &str, value: String| session.output.line(format_args!("{name:<15} {value}"));
    let descriptor = image.info.descriptor();
    line("file", image.path.display().to_string());
    line("project", printable(&image.project));
    line("version", printable(&image.version));
    line("chip", format!("{}, {}", image.chip, image.info.head.revisions));
    line("size", format!("{} ({} bytes)", figures::size(image.size()), image.size()));
    line("built", built(image));
    line("made for", made_for(image).to_owned());
    line("boot guard", guard(image));
    for signature in Signatures::of(image, session).lines() {
        line("signature", signature);
    }
    for (name, value) in toit::lines(image) {
        line(name, value);
    }
    line("secure version", descriptor.secure_version.to_string());
    line("image sha256", image.image_sha256.to_string());
    line("file sha256", image.file_sha256.to_string());
    line("elf sha256", Digest(descriptor.elf_sha256).to_string());
    session.output.line("");
    let rows: Vec<_> = image
        .info
        .segments
        .iter()
        .zip(0..)
        .map(|(segment, number): (_, u32)| {
            let address = format!("{:#010x}", segment.address);
            [number.to_string(), address, figures::size(segment.len), format!("{:#x}", segment.offset)]
        })
        .collect();
    session.output.table(["SEGMENT", "ADDRESS", "SIZE", "OFFSET"], &rows);
    toit::table(image, session);
}

fn built(image: &Image) -> String {
    let descriptor = image.info.descriptor();
    let parts = [descriptor.date(), descriptor.time(), descriptor.idf_version.as_str()];
    if parts.iter().all(|part| part.is_empty()) {
        return "it does not say when".to_owned();
    }
    let [date, time, idf] = parts;
    printable(&format!("{date} {time}, with {idf}"))
}

fn made_for(image: &Image) -> &'static str {
    match image.kind() {
        FirmwareKind::Real => "chips",
        FirmwareKind::Simulated => "simulated devices only",
        FirmwareKind::Foreign | FirmwareKind::Unknown => "not marked by Skylift",
    }
}

fn guard(image: &Image) -> String {
    match image.guard() {
        Some(marker) => format!("present, version {}", marker.version),
        None => "none: unprotected, unless the bootloader rolls back".to_owned(),
    }
}

pub(super) fn as_json(image: &Image, session: &Session) -> Value {
    let descriptor = image.info.descriptor();
    let revisions = image.info.head.revisions;
    let segments = image.info.segments.iter();
    let segments = segments
        .map(|segment| json!({ "offset": segment.offset, "address": segment.address, "size": segment.len }));
    json!({
        "path": image.path.display().to_string(),
        "project": image.project,
        "version": image.version,
        "chip": image.chip,
        "chip_revisions": { "least": revisions.least, "most": revisions.most },
        "kind": image.kind(),
        "guard": image.guard().map(|marker| marker.version),
        "signatures": Signatures::of(image, session).as_json(),
        "size": image.size(),
        "image_size": image.info.len,
        "secure_version": descriptor.secure_version,
        "idf_version": descriptor.idf_version.as_str(),
        "build_date": descriptor.date(),
        "build_time": descriptor.time(),
        "file_sha256": image.file_sha256,
        "image_sha256": image.image_sha256,
        "elf_sha256": Digest(descriptor.elf_sha256),
        "toit": toit::as_json(image),
        "segments": segments.collect::<Vec<_>>(),
    })
}
