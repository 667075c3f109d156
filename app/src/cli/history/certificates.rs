//! `skylift history certificates`: the updates that have been proven to survive power cuts.

use clap::Args;
use jiff::tz::TimeZone;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::{figures, moments};
use crate::store::{Certified, CertifiedImage, Database, ExportedCertificate};

/// How many, and in which form.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Only the latest so many; 0 for all [default: 20 in a table, all in JSON]
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Print one JSON object a certificate
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, history: &Database, session: &Session) -> Result<Exit, Failure> {
    let latest = super::latest(args.limit, !args.json);
    let certificates = history.certificates(latest)?;
    if args.json {
        let zone = TimeZone::system();
        let rows = certificates.iter().map(|certified| ExportedCertificate::new(certified, &zone));
        rows.for_each(|row| session.output.json(&row));
    } else if certificates.is_empty() {
        session.output.line("No certificates yet. Make one: skylift certify OLD NEW.");
    } else {
        let rows: Vec<_> = certificates.iter().map(row).collect();
        session.output.table(["PROVEN", "OLD", "NEW", "CHIP", "BOOTLOADER", "SURVIVED", "TOOK"], &rows);
    }
    Ok(Exit::Done)
}

fn row(certified: &Certified) -> [String; 7] {
    let date = moments::date_and_time(certified.at);
    [
        if certified.holds() { date } else { format!("not on {date}") },
        image(&certified.old),
        image(&certified.new),
        certified.chip.clone(),
        certified.bootloader.clone(),
        format!("{} of {}", certified.survived, certified.points),
        figures::time(certified.took),
    ]
}

/// A version alone may be that of several builds.
fn image(image: &CertifiedImage) -> String {
    format!("{} {} ({:.8})", image.project, image.version, image.image_sha256)
}
