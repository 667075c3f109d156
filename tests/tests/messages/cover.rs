//! Every error of the app, variant by variant: whether it has a line in the tables, and if not, why not.

mod cable;
mod toit;

use skylift::engine::{
    DrillError, EngineError, FindError, HostReason, NewSignersError, NotStarted, PlanError, Problem,
    ReachError, RequestError, RestampError, Stopped, TargetError, Unavailable, UpdateError, Verdict,
};
use skylift::gui::WindowError;
use skylift::image::backtrace::ElfFlaw;
use skylift::image::build::{BuildError, CargoError};
use skylift::image::library::{DamagedFlaw, LibraryError, OpenError};
use skylift::image::sign::SignError;
use skylift::image::source::{Refusal, SourceError};
use skylift::image::stream::EncodeError;
use skylift::image::watch::WatchError;
use skylift::image::{Flaw, WrongFile};
use skylift::server::ServerError;
use skylift::simulated::SimulatedError;
use skylift::store::{ExportError, KeptError, KeyStoreError, KnownError, SettingsError, StoreError};
use skylift_protocol::{ErrorCode, Reason};
use skylift_simulator::certify::CertifyError;
use skylift_simulator::demo_image::DemoImageError;
use skylift_updater::image::ImageError;

use crate::covered;
use crate::table::Covered;
use crate::table::How::{self, Carries, Caused, Never};

/// Only a fault of Skylift itself leads to it.
const OURS: How = Never("only a fault of Skylift itself leads to it");
/// The operating system would have to fail.
const SYSTEM: How = Never("the operating system would have to fail");
/// It ends with the program.
const AT_THE_END: How = Never("it is said while the program ends, when nobody waits any more");
/// The app does not ask what is answered so.
const NOT_ASKED: How = Never("the app asks no device anything that is answered so");
/// Jaguar devices lead to it.
const WITH_JAGUAR: How = Never("it takes a Jaguar device; `tests/tests/jaguar` plays one");

covered!(Flaw {
    Flaw::Unreadable(_) => Caused,
    Flaw::NotAFile => Caused,
    Flaw::Empty => Caused,
    Flaw::TooLarge => Caused,
    Flaw::WrongFile(_) => Carries,
    Flaw::NotAnImage(_) => Carries,
    Flaw::TrailingBytes { .. } => Caused,
});
covered!(WrongFile {
    WrongFile::Elf => Caused,
    WrongFile::MergedFlash => Caused,
    WrongFile::PartitionTable => Caused,
    WrongFile::Gzip => Caused,
    WrongFile::Zip => Caused,
    WrongFile::Xz => Caused,
    WrongFile::Zstd => Caused,
    WrongFile::Uf2 => Caused,
    WrongFile::Archive => Caused,
    WrongFile::Envelope => Caused,
    WrongFile::ToitSnapshot => Caused,
    WrongFile::IntelHex => Caused,
    WrongFile::Markup => Caused,
    WrongFile::Blank => Caused,
});
covered!(ImageError {
    ImageError::Flash => Never("a file is read from no flash"),
    ImageError::Magic => Caused,
    ImageError::SegmentCount(_) => Caused,
    ImageError::Misplaced { .. } => Caused,
    ImageError::SegmentLength { .. } => Caused,
    ImageError::NoDescriptor => Caused,
    ImageError::NoDigest => Caused,
    ImageError::Checksum => Caused,
    ImageError::Digest => Caused,
    ImageError::Truncated => Caused,
});
covered!(BuildError {
    BuildError::Unreadable { .. } => Caused,
    BuildError::NothingToBuild(_) => Caused,
    BuildError::NotCargo(_) => Caused,
    BuildError::NotBuilt { .. } => Caused,
    BuildError::Description { .. } => Caused,
    BuildError::Environments { .. } => Caused,
    BuildError::Cargo { .. } => Carries,
    BuildError::Library(_) => Carries,
    BuildError::NotForAChip { .. } => Caused,
    BuildError::WhichChip { .. } => Caused,
    BuildError::OtherChip { .. } => Caused,
    BuildError::Elf { .. } => Caused,
    BuildError::NoDescriptor(_) => Caused,
    BuildError::Table { .. } => Caused,
    BuildError::NoApp { .. } => Caused,
    BuildError::NotAnImage(_) => Carries,
    BuildError::Stopped => OURS,
});
covered!(CargoError {
    CargoError::NotStarted(_) => Never("these tests are run by cargo; `app/tests/images/compiling.rs` takes it away"),
    CargoError::Output(_) => SYSTEM,
    CargoError::Failed { .. } => Caused,
    CargoError::NoFeature { .. } => Caused,
    CargoError::NoCore { .. } => Never("which toolchains there are, this computer decides; `app/tests/images/toolchains.rs` takes them away"),
    CargoError::NoProgram => Caused,
    CargoError::Programs(_) => Caused,
});
covered!(LibraryError {
    LibraryError::Io { .. } => Caused,
    LibraryError::Unknown(_) => Caused,
    LibraryError::Ambiguous { .. } => Caused,
    LibraryError::Damaged(_) => Carries,
    LibraryError::OtherElf { .. } => Caused,
    LibraryError::BadElf { .. } => Caused,
});
covered!(DamagedFlaw {
    DamagedFlaw::Unreadable(_) => Caused,
    DamagedFlaw::NotUnderstood => Caused,
    DamagedFlaw::OtherName => Caused,
    DamagedFlaw::NoImage => Caused,
    DamagedFlaw::OtherBytes => Caused,
    DamagedFlaw::NotAnImage(_) => Caused,
});
covered!(SourceError {
    SourceError::NotASource(_) => Caused,
    SourceError::Insecure(_) => Caused,
    SourceError::Password => Caused,
    SourceError::Token { .. } => Caused,
    SourceError::Client(_) => SYSTEM,
    SourceError::Unreachable { .. } => Caused,
    SourceError::Silent(_) => Never("it takes longer than a test may"),
    SourceError::BrokenOff { .. } => Caused,
    SourceError::Redirect { .. } => Caused,
    SourceError::Refused { .. } => Carries,
    SourceError::TooLarge { .. } => Caused,
    SourceError::Answer(_) => Caused,
    SourceError::NoRelease { .. } => Caused,
    SourceError::NoAsset { .. } => Caused,
    SourceError::Assets { .. } => Caused,
    SourceError::OtherBytes(_) => Caused,
    SourceError::NotAnImage(_) => Carries,
    SourceError::Library(_) => Carries,
    SourceError::Stopped => OURS,
});
covered!(Refusal {
    Refusal::NotFound => Caused,
    Refusal::RateLimit { .. } => Caused,
    Refusal::NotAllowed(_) => Caused,
    Refusal::Status(_) => Caused,
});
covered!(ElfFlaw {
    ElfFlaw::Damaged(_) => Never("it stands beside a crash, in the place of its lines; `app/tests/images/backtraces.rs`"),
    ElfFlaw::Endless => Never("it stands beside a crash, in the place of its lines; `backtrace/tests.rs`"),
});
covered!(SignError {
    SignError::Name(_) => Caused,
    SignError::NoSigner(_) => Caused,
    SignError::Exists(_) => Caused,
    SignError::Io { .. } => Caused,
    SignError::NotAKey { .. } => Caused,
    SignError::Random(_) => SYSTEM,
    SignError::Damaged(_) => Caused,
    SignError::OtherImage => Caused,
    SignError::Full => Caused,
    SignError::Already => Caused,
    SignError::NotAnImage(_) => Carries,
    SignError::Key => OURS,
});
covered!(FindError {
    FindError::NotFound { .. } => Caused,
    FindError::Ambiguous { .. } => Caused,
    FindError::NoAnswer { .. } => Caused,
    FindError::NoAddress(..) => Caused,
    FindError::Client(_) => Carries,
    FindError::Stopped => AT_THE_END,
});
covered!(Problem {
    Problem::NotReached(_) => Caused,
    Problem::Silent(_) => Caused,
    Problem::Broken(_) => Caused,
    Problem::TooLong(_) => Caused,
    Problem::NotUnderstood(_) => Caused,
    Problem::Refused { .. } => Carries,
    Problem::OtherDevice(_) => Caused,
    Problem::Closed(_) => Caused,
    Problem::TurnedOpen => Caused,
    Problem::LostKey => Caused,
    Problem::OtherKey => Caused,
    Problem::NotProven { .. } => Caused,
    Problem::Unauthorised(_) => Caused,
    Problem::Key(_) => Caused,
    Problem::Status(_) => Caused,
    Problem::NotJaguar(_) => WITH_JAGUAR,
    Problem::Jaguar { .. } => WITH_JAGUAR,
});
covered!(RequestError {
    RequestError::NoSuchDevice(_) => Caused,
    RequestError::Client(_) => Carries,
    RequestError::Stopped => AT_THE_END,
    RequestError::Jaguar { .. } => WITH_JAGUAR,
});
covered!(PlanError {
    PlanError::NoSuchDevice(_) => Caused,
    PlanError::NotSent(_) => Carries,
    PlanError::Stopped => AT_THE_END,
});
covered!(Unavailable {
    Unavailable::NotUnderstood => Caused,
    Unavailable::Jaguar => WITH_JAGUAR,
    Unavailable::BaseUntold => Never("a device would have to run an image that lies in no slot"),
    Unavailable::BaseNotHere => Caused,
    Unavailable::NotWanted => Caused,
    Unavailable::GivenUp => Never("a device would have to refuse a delta that is made for it; `app/tests/engine` plays one"),
    Unavailable::NotSmaller => Never("an image is code and text, which compress; `app/encoder/tests` has random bytes"),
    Unavailable::Failed { .. } => Carries,
});
covered!(EncodeError {
    EncodeError::Cancelled => Never("who ends it does not wait for it any more"),
    EncodeError::Size { .. } => Never("no slot holds an image of that size"),
    EncodeError::NotSmaller { .. } => Never("an image is code and text, which compress; `app/encoder/tests` has random bytes"),
    EncodeError::Memory { .. } => SYSTEM,
    EncodeError::Faulty(_) => OURS,
});
covered!(UpdateError {
    UpdateError::NoSuchDevice(_) => Caused,
    UpdateError::AlreadyUpdating(_) => Caused,
    UpdateError::Stopped => AT_THE_END,
});
covered!(NewSignersError {
    NewSignersError::Nobody => Caused,
    NewSignersError::TooMany => Caused,
    NewSignersError::Twice(_) => Caused,
});
covered!(ReachError {
    ReachError::Server(_) => Carries,
    ReachError::Client(_) => Carries,
    ReachError::NoCandidate(_) => Never("the image is pushed instead, which is said"),
    ReachError::Unreachable { .. } => Never("the image is pushed instead, which is said"),
});
covered!(TargetError {
    TargetError::Empty => Caused,
    TargetError::Port(_) => Caused,
    TargetError::Host(_) => Caused,
});
covered!(DrillError {
    DrillError::NothingToReturnTo { .. } => Caused,
    DrillError::Real(_) => Caused,
    DrillError::NotInLibrary { .. } => Caused,
    DrillError::Library(_) => Carries,
    DrillError::OtherImage { .. } => Caused,
    DrillError::Demo(_) => OURS,
    DrillError::Image(_) => OURS,
    DrillError::Restamp(_) => Carries,
});
covered!(RestampError {
    RestampError::Signed { .. } => Caused,
    RestampError::Image(_) => OURS,
});
covered!(Verdict {
    Verdict::Validated => Caused,
    Verdict::ValidatedInferred => WITH_JAGUAR,
    Verdict::AlreadyRunning => Caused,
    Verdict::RolledBack(_) => Carries,
    Verdict::Refused(_) => Carries,
    Verdict::Failed { .. } => Carries,
    Verdict::Lost { .. } => Caused,
    Verdict::Sent => WITH_JAGUAR,
});
covered!(Reason {
    Reason::Panic => Caused,
    Reason::Watchdog => Caused,
    Reason::NoNetwork => Caused,
    Reason::NotValidated => Caused,
    Reason::Restarted => Caused,
    Reason::ValidationInterrupted => Never("it takes a power cut in one of two flash operations; `device-firmware/simulator/tests/power_cuts.rs` finds them"),
    Reason::CrashLoop => Never("it comes after the verdict: `skylift status` tells it, with the panic"),
    Reason::ByHand => Caused,
    Reason::BootloaderRefused => Caused,
    Reason::Unreachable => Caused,
    Reason::HttpStatus => Caused,
    Reason::Withdrawn => Caused,
    Reason::NoContentLength => Caused,
    Reason::WrongSize => Caused,
    Reason::LinkLost => Caused,
    Reason::Stalled => Caused,
    Reason::DigestMismatch => Caused,
    Reason::NotAnImage => Caused,
    Reason::WrongChip => Caused,
    Reason::WrongRevision => Caused,
    Reason::WrongProject => Never("the order names the project, and is refused for it before"),
    Reason::Downgrade => Caused,
    Reason::Unguarded => Caused,
    Reason::Simulated => Caused,
    Reason::Mismatch => Caused,
    Reason::Unsigned => Caused,
    Reason::SignerUnknown => Caused,
    Reason::SignatureInvalid => Caused,
    Reason::SignatureUnsupported => Caused,
    Reason::Flash => Never("a page would have to fail several times over; the soak meets it now and then"),
    Reason::PushEnded => Never("the computer that would show it is the one that went away"),
    Reason::PowerLost => Caused,
    Reason::WrongBase => Never("the device is asked what it runs right before, and another encoding is sent then"),
    Reason::BadStream => Never("the image is sent in another encoding then, which is said"),
    Reason::Unknown => Never("a later device would have to say it"),
});
covered!(ErrorCode {
    ErrorCode::BadRequest => NOT_ASKED,
    ErrorCode::Malformed => NOT_ASKED,
    ErrorCode::Unauthorised => Caused,
    ErrorCode::Forbidden => NOT_ASKED,
    ErrorCode::NotFound => NOT_ASKED,
    ErrorCode::MethodNotAllowed => NOT_ASKED,
    ErrorCode::Timeout => NOT_ASKED,
    ErrorCode::Busy => Caused,
    ErrorCode::PendingValidation => Caused,
    ErrorCode::NothingPending => Caused,
    ErrorCode::NoOtherImage => Caused,
    ErrorCode::LengthRequired => NOT_ASKED,
    ErrorCode::WrongChip => Caused,
    ErrorCode::WrongRevision => Caused,
    ErrorCode::WrongProject => Caused,
    ErrorCode::Downgrade => Caused,
    ErrorCode::Unguarded => Caused,
    ErrorCode::Simulated => Caused,
    ErrorCode::Mismatch => NOT_ASKED,
    ErrorCode::Unsigned => Caused,
    ErrorCode::SignerUnknown => Caused,
    ErrorCode::SignatureInvalid => Caused,
    ErrorCode::SignatureUnsupported => Caused,
    ErrorCode::NotAnImage => NOT_ASKED,
    ErrorCode::Encoding => NOT_ASKED,
    ErrorCode::WrongBase => NOT_ASKED,
    ErrorCode::TooLarge => Caused,
    ErrorCode::HeaderTooLarge => NOT_ASKED,
    ErrorCode::NoStream => Never("the app asks for the status instead, without a word"),
    ErrorCode::Flash => Never("it takes a device whose partition table was destroyed while it ran"),
    ErrorCode::NoWifi => Never("every device has WiFi so far"),
    ErrorCode::Unknown => Never("a later device would have to say it"),
});
covered!(HostReason {
    HostReason::SameImage => Caused,
    HostReason::FirstSigners => Caused,
    HostReason::OldSigners => Never("a device would have to fail to write its flash, and answer at once"),
    HostReason::Cancelled => Caused,
    HostReason::NoAnswer => Caused,
    HostReason::BadAnswer => Caused,
    HostReason::NotProven => Caused,
    HostReason::Server => Caused,
    HostReason::HostUnreachable => Never("the image is pushed instead, which is said"),
    HostReason::FalseClaim => Caused,
    HostReason::OldImageRuns => Never("a device would have to forget how its update ended; `app/tests/engine` plays one"),
    HostReason::OtherImageRuns => Never("two computers would have to update it in the same second; `app/tests/engine` plays it"),
    HostReason::Untracked => Never("a device would have to forget its order; `app/tests/engine` plays one"),
    HostReason::NoRestart => Never("a device would have to lie in another way; `app/tests/engine` plays one"),
    HostReason::OrderDropped => Never("a device would have to forget its order; `app/tests/engine` plays one"),
    HostReason::NoProgress => Caused,
    HostReason::DeadlinePassed => Never("a device would have to miss its own deadline; `app/tests/engine` plays one"),
    HostReason::Unknown => Never("a device would have to forget how its update ended; `app/tests/engine` plays one"),
    HostReason::Stopped => AT_THE_END,
    HostReason::NewId => WITH_JAGUAR,
    HostReason::OldId => WITH_JAGUAR,
    HostReason::WithoutJaguar => WITH_JAGUAR,
    HostReason::IdTaken => WITH_JAGUAR,
    HostReason::WrongDevice => WITH_JAGUAR,
    HostReason::NotTaken => WITH_JAGUAR,
    HostReason::NotWithJaguar => WITH_JAGUAR,
    HostReason::NotThisWay => Caused,
});
covered!(NotStarted {
    NotStarted::Stopped(_) => Carries,
    NotStarted::Busy => Caused,
    NotStarted::Twice => Caused,
    NotStarted::Unknown => Caused,
    NotStarted::Jaguar => WITH_JAGUAR,
});
covered!(Stopped {
    Stopped::CanaryFailed => Caused,
    Stopped::CanaryUnproven => Caused,
    Stopped::Failures => Caused,
    Stopped::Cancelled => Caused,
});
covered!(ServerError {
    ServerError::PortInUse(_) => Caused,
    ServerError::PortForbidden(_) => Never("it takes a user who may not use low ports, and tests may run as root"),
    ServerError::NoSuchAddress(_) => Caused,
    ServerError::CannotListen { .. } => SYSTEM,
    ServerError::PlainTaken => Caused,
    ServerError::NoRandomBytes(_) => SYSTEM,
});
covered!(StoreError {
    StoreError::Folder { .. } => Caused,
    StoreError::NotADatabase(_) => Caused,
    StoreError::Foreign(_) => Caused,
    StoreError::Newer { .. } => Caused,
    StoreError::NotWritable { .. } => Caused,
    StoreError::Full(_) => SYSTEM,
    StoreError::Busy(_) => Never("another program would have to hold the file for ten seconds"),
    StoreError::Other { .. } => SYSTEM,
    StoreError::Thread(_) => SYSTEM,
});
covered!(KnownError {
    KnownError::Unknown(_) => Caused,
    KnownError::Ambiguous { .. } => Caused,
    KnownError::Updating(_) => Caused,
    KnownError::Store(_) => Carries,
});
covered!(KeptError {
    KeptError::Io { .. } => Caused,
    KeptError::Damaged { .. } => Caused,
});
covered!(OpenError {
    OpenError::File(_) => Carries,
    OpenError::Library(_) => Carries,
    OpenError::NotBundled(_) => Caused,
});
covered!(WatchError {
    WatchError::Source(_) => Carries,
    WatchError::NotThere(_) => Caused,
    WatchError::TooMany(_) => SYSTEM,
    WatchError::NotWatched { .. } => SYSTEM,
});
covered!(EngineError {
    EngineError::Runtime(_) => SYSTEM,
    EngineError::Client(_) => SYSTEM,
    EngineError::Mdns(_) => SYSTEM,
});
covered!(WindowError {
    WindowError::NoDisplay(_) => Never("it takes a computer without a display"),
    WindowError::Drawing(_) => SYSTEM,
    WindowError::Engine(_) => Carries,
    WindowError::Screenshot(_) => OURS,
});
covered!(SimulatedError {
    SimulatedError::Random(_) => SYSTEM,
    SimulatedError::Simulator(_) => OURS,
    SimulatedError::Key(_) => Carries,
});
covered!(KeyStoreError {
    KeyStoreError::Io { .. } => Caused,
    KeyStoreError::Exposed { .. } => Caused,
    KeyStoreError::NotAKey(_) => Caused,
    KeyStoreError::Random(_) => SYSTEM,
    KeyStoreError::Nothing => Caused,
    KeyStoreError::Exists(_) => Caused,
    KeyStoreError::NotABackup(_) => Caused,
    KeyStoreError::WrongPassphrase(_) => Caused,
    KeyStoreError::TooMuchWork(_) => Caused,
    KeyStoreError::NotEncrypted(_) => OURS,
});
covered!(ExportError {
    ExportError::Csv(_) => Never("it is the same as the other, for a table that is longer than a buffer"),
    ExportError::Io(_) => Caused,
});
covered!(SettingsError {
    SettingsError::Io { .. } => Caused,
    SettingsError::TooLarge(_) => Caused,
    SettingsError::Syntax { .. } => Caused,
    SettingsError::Value { .. } => Caused,
    SettingsError::Lock(_) => Carries,
    SettingsError::NoValue(_) => Caused,
});
covered!(CertifyError {
    CertifyError::NotAnImage { .. } => Caused,
    CertifyError::UnknownChip { .. } => Caused,
    CertifyError::OtherChip { .. } => Caused,
    CertifyError::Same => Caused,
    CertifyError::TooLarge { .. } => Caused,
    CertifyError::NotATable => Caused,
    CertifyError::Table(_) => Caused,
    CertifyError::TableBeyondFlash(_) => Caused,
    CertifyError::NotBootable { .. } => Caused,
    CertifyError::Flash(_) => OURS,
    CertifyError::Cancelled => Never("the user has asked for it"),
});
covered!(DemoImageError {
    DemoImageError::TooLong { .. } => Caused,
    DemoImageError::ZeroByte { .. } => Caused,
    DemoImageError::TooSmall(_) => Caused,
    DemoImageError::TooLarge(_) => Caused,
    DemoImageError::UnknownChip => Caused,
});

/// Every variant of every error.
pub fn all() -> Vec<(&'static str, How)> {
    [
        Flaw::VARIANTS,
        WrongFile::VARIANTS,
        ImageError::VARIANTS,
        BuildError::VARIANTS,
        CargoError::VARIANTS,
        LibraryError::VARIANTS,
        DamagedFlaw::VARIANTS,
        ElfFlaw::VARIANTS,
        SourceError::VARIANTS,
        Refusal::VARIANTS,
        SignError::VARIANTS,
        FindError::VARIANTS,
        Problem::VARIANTS,
        RequestError::VARIANTS,
        PlanError::VARIANTS,
        Unavailable::VARIANTS,
        EncodeError::VARIANTS,
        UpdateError::VARIANTS,
        NewSignersError::VARIANTS,
        ReachError::VARIANTS,
        TargetError::VARIANTS,
        DrillError::VARIANTS,
        RestampError::VARIANTS,
        Verdict::VARIANTS,
        Reason::VARIANTS,
        ErrorCode::VARIANTS,
        HostReason::VARIANTS,
        NotStarted::VARIANTS,
        Stopped::VARIANTS,
        ServerError::VARIANTS,
        StoreError::VARIANTS,
        KnownError::VARIANTS,
        KeptError::VARIANTS,
        OpenError::VARIANTS,
        WatchError::VARIANTS,
        EngineError::VARIANTS,
        WindowError::VARIANTS,
        SimulatedError::VARIANTS,
        KeyStoreError::VARIANTS,
        ExportError::VARIANTS,
        SettingsError::VARIANTS,
        CertifyError::VARIANTS,
        DemoImageError::VARIANTS,
        &cable::all(),
        &toit::all(),
    ]
    .concat()
}
