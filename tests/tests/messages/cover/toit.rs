//! The same for Toit's envelopes, and what is made of them.

use skylift::image::envelope::app_image::AppImageError;
use skylift::image::envelope::extract::{self, ExtractError};
use skylift::image::envelope::inside::InsideError;
use skylift::image::envelope::snapshot::SnapshotError;
use skylift::image::envelope::{CreateError, EnvelopeError, Undecodable};
use skylift::image::toit::jaguar_image::JaguarImageError;
use skylift::image::toit::recipe::RecipeError;
use skylift::image::toit::sdk::SdkError;
use skylift::image::toit::source::EnvelopeSourceError;

use crate::covered;
use crate::table::Covered;
use crate::table::How::{self, Carries, Caused, Never};

/// What a user gives is JSON.
const NOT_NAMED: How = Never("no JSON has such a value");
/// The operating system would have to fail.
const SYSTEM: How = Never("the operating system would have to fail");
/// Only a fault of Skylift itself leads to it.
const OURS: How = Never("only a fault of Skylift itself leads to it");

covered!(AppImageError {
    AppImageError::NotAnImage => Caused,
    AppImageError::Truncated => Caused,
    AppImageError::TooLarge { .. } => Caused,
    AppImageError::Chip(_) => Caused,
    AppImageError::NoDrom => Caused,
    AppImageError::NoMarker => Caused,
    AppImageError::BeyondAddresses => Caused,
    AppImageError::Extension(_) => Caused,
});
covered!(CreateError {
    CreateError::Firmware(_) => Carries,
    CreateError::System(_) => Carries,
    CreateError::Envelope(_) => Carries,
});
covered!(EnvelopeError {
    EnvelopeError::File { .. } => Carries,
    EnvelopeError::Io { .. } => Caused,
    EnvelopeError::NotAnEnvelope => Caused,
    EnvelopeError::FormatVersion(_) => Caused,
    EnvelopeError::Damaged { .. } => Caused,
    EnvelopeError::Archive(_) => Caused,
    EnvelopeError::Missing(_) => Caused,
    EnvelopeError::TooLarge => Caused,
    EnvelopeError::Name(_) => Caused,
    EnvelopeError::OtherSdk { .. } => Caused,
    EnvelopeError::OtherSystem { .. } => Caused,
    EnvelopeError::Container { .. } => Caused,
    EnvelopeError::Snapshot { .. } => Carries,
    EnvelopeError::Assets { .. } => Caused,
    EnvelopeError::Reserved(_) => Caused,
    EnvelopeError::Uuid(_) => Caused,
    EnvelopeError::Number => NOT_NAMED,
    EnvelopeError::BytesInJson => NOT_NAMED,
    EnvelopeError::Wifi(_) => Caused,
    EnvelopeError::Random(_) => SYSTEM,
});
covered!(ExtractError {
    ExtractError::Host => Caused,
    ExtractError::Format { .. } => Caused,
    ExtractError::PartitionsNotUsed => Caused,
    ExtractError::NoPart(_) => Caused,
    ExtractError::Flashing(_) => Caused,
    ExtractError::Table(_) => Caused,
    ExtractError::Partition { .. } => Caused,
    ExtractError::Slot { .. } => Caused,
    ExtractError::FlashTooSmall { .. } => Caused,
    ExtractError::Firmware(_) => Carries,
    ExtractError::Envelope(_) => Carries,
    ExtractError::Config(_) => Caused,
});
covered!(extract::Warning {
    extract::Warning::LargerThanSlot { .. } => Caused,
    extract::Warning::ConfigNotUsed => Caused,
    extract::Warning::OldName => Caused,
    extract::Warning::ContentNotUsed(_) => Caused,
});
covered!(EnvelopeSourceError {
    EnvelopeSourceError::Net(_) => Carries,
    EnvelopeSourceError::File(_) => Carries,
    EnvelopeSourceError::Came { .. } => Caused,
    EnvelopeSourceError::Stopped => OURS,
});
covered!(RecipeError {
    RecipeError::Unreadable { .. } => Caused,
    RecipeError::Twice(_) => Caused,
    RecipeError::System(_) => Caused,
    RecipeError::SystemStays => Caused,
    RecipeError::NotInEnvelope { .. } => Caused,
    RecipeError::Program { .. } => Carries,
    RecipeError::Envelope(_) => Carries,
    RecipeError::Sdk(_) => Carries,
    RecipeError::Extract(_) => Carries,
    RecipeError::NotAnImage(_) => Caused,
    RecipeError::Stopped => OURS,
});
covered!(SdkError {
    SdkError::NotFound { .. } => Never("which SDKs there are, this computer decides; `tests/tests/toit_recipe` takes them away"),
    SdkError::NotAnSdk(_) => Caused,
    SdkError::OtherVersion { .. } => Caused,
    SdkError::NotStarted { .. } => Caused,
    SdkError::TooLong { .. } => Never("minutes would have to pass"),
    SdkError::NotCompiled { .. } => Caused,
    SdkError::NoOutput { .. } => Caused,
    SdkError::NoConverter(_) => Never("`tests/tests/toit_recipe` has an SDK that is too old"),
    SdkError::NotConverted { .. } => Caused,
    SdkError::Temporary(_) => SYSTEM,
});
covered!(JaguarImageError {
    JaguarImageError::OtherChip { .. } => Caused,
    JaguarImageError::OtherWord(_) => Caused,
    JaguarImageError::NoJaguar { .. } => Never("which Jaguars there are, this computer decides"),
    JaguarImageError::NotInEnvelope => Caused,
    JaguarImageError::Recipe(_) => Carries,
});
covered!(InsideError {
    InsideError::Image(_) => Caused,
    InsideError::Damaged { .. } => Caused,
});
covered!(SnapshotError {
    SnapshotError::NotASnapshot => Caused,
    SnapshotError::Missing(_) => Caused,
    SnapshotError::Damaged { .. } => Caused,
    SnapshotError::Overfull => Caused,
    SnapshotError::TooLarge => Caused,
    SnapshotError::UntestedSdk(_) => Caused,
});
covered!(Undecodable {
    Undecodable::Truncated => Caused,
    Undecodable::Trailing => Caused,
    Undecodable::TooLarge => Caused,
    Undecodable::TooDeep => Caused,
    Undecodable::NotText => Caused,
    Undecodable::Twice => Caused,
    Undecodable::Malformed(_) => Caused,
});

/// Every variant of them.
pub fn all() -> Vec<(&'static str, How)> {
    [
        AppImageError::VARIANTS,
        CreateError::VARIANTS,
        EnvelopeError::VARIANTS,
        EnvelopeSourceError::VARIANTS,
        ExtractError::VARIANTS,
        InsideError::VARIANTS,
        JaguarImageError::VARIANTS,
        RecipeError::VARIANTS,
        SdkError::VARIANTS,
        SnapshotError::VARIANTS,
        Undecodable::VARIANTS,
        extract::Warning::VARIANTS,
    ]
    .concat()
}
