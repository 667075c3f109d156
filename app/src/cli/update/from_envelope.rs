//! `skylift update ENVELOPE DEVICE`: the envelope is made into the own image of one Jaguar device.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::signal::ctrl_c;

use super::super::envelope::{LeftOut, tell};
use super::super::failure::Failure;
use super::super::fetch_image::Bar;
use super::super::github::Github;
use super::super::network_options::NetworkOptions;
use super::super::session::Session;
use super::View;
use super::choose::Found;
use crate::engine::Device;
use crate::image::Image;
use crate::image::envelope::Envelope;
use crate::image::toit::jaguar_image::{JaguarDevice, JaguarImageError, Prepared, Wish, make};
use crate::image::toit::recipe::Recipe;
use crate::image::toit::source::EnvelopeSource;

/// How an archive begins, and how a gzip file does: an envelope is one of them.
const BEGINNINGS: [&[u8]; 2] = [b"!<arch>\n", &[0x1F, 0x8B]];

/// What goes into an image that is made of an envelope.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Jaguar devices")]
pub(in crate::cli) struct JaguarOptions {
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    left_out: LeftOut,
    /// Send an image without Jaguar: after that the device is updated by cable, or by what is in the image
    #[arg(long)]
    pub(in crate::cli) without_jaguar: bool,
}

impl JaguarOptions {
    /// Insists that nothing is wanted which goes only into an image that is made of an envelope.
    pub(super) fn check_for_image(&self) -> Result<(), Failure> {
        let what = if self.network.is_given() {
            "no network is put into it"
        } else if !self.left_out.is_nothing() {
            "nothing is left out of it"
        } else {
            return Ok(());
        };
        Err(Failure::new(format!("an image is sent as it is: {what}"))
            .try_this("name the envelope instead, and the image is made of it"))
    }
}

/// The envelope that is meant by IMAGE, if it is one: a file with one in it, `CHIP@SDK`, or a URL.
pub(super) fn envelope_source(image: &Path) -> Result<Option<EnvelopeSource>, Failure> {
    if let Ok(file) = File::open(image) {
        let mut beginning = Vec::new();
        // What cannot be read here cannot be read as an image either, and that says why.
        let _ = file.take(8).read_to_end(&mut beginning);
        let is_envelope = BEGINNINGS.iter().any(|known| beginning.starts_with(known));
        return Ok(is_envelope.then(|| EnvelopeSource::File(image.to_owned())));
    }
    let Some(text) = image.to_str() else { return Ok(None) };
    Ok(match text.parse()? {
        EnvelopeSource::File(_) => None,
        source => Some(source),
    })
}

/// Reads or fetches the envelope.
pub(super) async fn open(
    source: &EnvelopeSource,
    json: bool,
    session: &Session,
) -> Result<Envelope, Failure> {
    let fetcher = || Github::of_environment().fetcher(session);
    let bar = Bar::new(json);
    let envelope = source.open(fetcher, |progress| bar.show(progress)).await?;
    bar.end();
    Ok(envelope)
}

/// Makes the image for the one device that was found, and says what the user should know of it.
pub(in crate::cli) async fn image_for(
    envelope: Envelope,
    found: &Found,
    options: &JaguarOptions,
    view: &View,
    session: &Session,
) -> Result<Arc<Image>, Failure> {
    let [device] = found.devices.as_slice() else {
        return Err(Failure::new("an envelope is made into the image of one Jaguar device, and of no more")
            .try_this("update them one after the other"));
    };
    let described = described(device)?;
    let name = described.name.clone();
    let network = options.network.network(session)?;
    let wish = if options.without_jaguar { Wish::Leave } else { Wish::Keep };
    let sdk = session.settings()?.toit_sdk.clone();
    let work = async {
        let envelope = without(envelope, &options.left_out, sdk.clone()).await?;
        let made = make(envelope, described, network.clone(), wish, sdk.as_deref(), tell).await;
        made.map_err(with_way_round)
    };
    let Prepared { image, id, warnings } = tokio::select! {
        made = work => made?,
        _ = ctrl_c() => return Err(Failure::new("cancelled; nothing was sent")),
    };
    network.iter().for_each(|network| options.network.remember(network, session));
    warnings.iter().for_each(|warning| view.note(&warning.to_string(), session));
    if let Some(id) = id {
        view.note(&format!("the image makes {name} the device {id}, under its old name"), session);
    }
    Ok(Arc::new(image))
}

/// The envelope without what is left out of it.
async fn without(envelope: Envelope, left_out: &LeftOut, sdk: Option<PathBuf>) -> Result<Envelope, Failure> {
    if left_out.is_nothing() {
        return Ok(envelope);
    }
    let recipe = Recipe { without: left_out.names(), sdk, ..Recipe::default() };
    Ok(recipe.make(envelope, tell).await?.envelope)
}

fn described(device: &Device) -> Result<JaguarDevice, Failure> {
    let Some(facts) = device.family.jaguar() else {
        return Err(Failure::new(format!(
            "{} is no Jaguar device, and takes no image that is made of an envelope on the way",
            device.label()
        ))
        .try_this(
            "make an image of it first: skylift envelope -e ENVELOPE extract --format=binary -o ota.bin",
        ));
    };
    Ok(JaguarDevice {
        name: device.label().to_owned(),
        chip: facts.chip_word.clone(),
        sdk_version: facts.sdk_version.clone(),
        word_size: facts.word_size,
    })
}

fn with_way_round(error: JaguarImageError) -> Failure {
    let is_without = matches!(error, JaguarImageError::NoJaguar { .. } | JaguarImageError::NotInEnvelope);
    let failure = Failure::from(error);
    if is_without { failure.try_this("--without-jaguar sends it all the same") } else { failure }
}
