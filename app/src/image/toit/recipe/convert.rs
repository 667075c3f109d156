//! Snapshots of SDKs whose layout of programs Skylift does not know: that SDK converts them, where it is installed.

use std::path::Path;

use super::{News, RecipeError, Step};
use crate::image::envelope::snapshot::{Bundle, is_tested};
use crate::image::envelope::{Envelope, EnvelopeError, is_container_name};
use crate::image::toit::sdk::{Sdk, SdkError};

/// The SDK of a version, looked for when it is first needed.
pub(super) struct LazySdk<'a> {
    chosen: Option<&'a Path>,
    version: String,
    found: Option<Sdk>,
}

impl<'a> LazySdk<'a> {
    pub(super) fn new(chosen: Option<&'a Path>, version: &str) -> Self {
        Self { chosen, version: version.to_owned(), found: None }
    }

    pub(super) async fn get(&mut self, tell: &impl Fn(News<'_>)) -> Result<Sdk, SdkError> {
        if let Some(sdk) = &self.found {
            return Ok(sdk.clone());
        }
        tell(News::Step(Step::LookingForSdk));
        let sdk = Sdk::find(self.chosen, &self.version).await?;
        self.found = Some(sdk.clone());
        Ok(sdk)
    }
}

/// Has an installed SDK convert an envelope's snapshots, and one more that is to become a container, where Skylift does
/// not do it itself. Without an SDK of its version the envelope is what it was, and no firmware can be made of it.
///
/// Needs a tokio runtime with I/O. Dropping the future cancels it.
///
/// # Errors
/// A snapshot is damaged, or the SDK does not convert it.
pub async fn convert_by_installed(
    envelope: &mut Envelope,
    more: Option<(&str, &[u8])>,
    chosen: Option<&Path>,
    tell: impl Fn(News<'_>),
) -> Result<(), RecipeError> {
    let mut sdk = LazySdk::new(chosen, envelope.sdk_version());
    match convert(envelope, more, &mut sdk, &tell).await {
        Err(RecipeError::Sdk(SdkError::NotFound { .. } | SdkError::OtherVersion { .. })) => Ok(()),
        done => done,
    }
}

pub(super) async fn convert(
    envelope: &mut Envelope,
    more: Option<(&str, &[u8])>,
    sdk: &mut LazySdk<'_>,
    tell: &impl Fn(News<'_>),
) -> Result<(), RecipeError> {
    if is_tested(envelope.sdk_version()) {
        return Ok(());
    }
    let containers = envelope.entries().filter(|(name, _)| is_container_name(name)).chain(more);
    let snapshots: Vec<_> = containers
        .filter(|(_, content)| Bundle::is_snapshot(content))
        .map(|(name, content)| (name.to_owned(), content.to_vec()))
        .collect();
    for (name, snapshot) in snapshots {
        let bundle = Bundle::parse(&snapshot)
            .map_err(|error| EnvelopeError::Snapshot { name: name.clone(), error })?;
        if envelope.conversion(&bundle).is_some() {
            continue;
        }
        let sdk = sdk.get(tell).await?;
        tell(News::Step(Step::Converting { name: &name, sdk: &sdk.to_string() }));
        let line = |line: &str| tell(News::Line(line));
        let image = sdk.convert(&snapshot, envelope.word_size(), line).await?;
        envelope.put_conversion(&name, &bundle, image)?;
    }
    Ok(())
}
