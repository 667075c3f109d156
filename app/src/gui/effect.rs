//! What the window wants done elsewhere. The worker does it, and answers with events.

use std::path::PathBuf;

use skylift_protocol::{Crash, Digest, Id, WifiChange};
use skylift_simulator::bootloader::Bootloader;

use crate::engine::{Action, JobId, RolloutId, Target};
use crate::gui::dialog::Way;
use crate::gui::firmware::partitions::Table;
use crate::gui::history::Format;
use crate::gui::monitor;
use crate::gui::settings::Saving;
use crate::gui::toit;
use crate::gui::updates::{Ask, Wish};
use crate::gui::usb;
use crate::image::library::Entry;
use crate::image::sign::SignerName;
use crate::image::source::TrackedSource;
use crate::store::{Key, Passphrase};

/// What is to be done elsewhere.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Look for a device at its address, and keep it.
    AddDevice(Target),
    /// Switch a simulated device on.
    Simulate,
    /// Switch a simulated device off.
    StopSimulated(Id),
    /// Search the network anew, and ask all devices again what they are.
    SearchAgain,
    /// Have a device do something.
    Act(Id, Action),
    /// Move a device to another WiFi, and watch what comes of it.
    MoveWifi {
        /// The device.
        device: Id,
        /// The network.
        change: WifiChange,
    },
    /// Make what a rollback drill of a device needs.
    PlanDrill(Id),
    /// Get the tail of a device's log.
    LoadLog(Id),
    /// Forget a device, with its history or without.
    Forget(Id),
    /// Give a device a tag, or take it.
    Tag {
        /// The device.
        device: Id,
        /// The tag.
        tag: String,
        /// Whether it is given.
        on: bool,
    },
    /// Ask the engine what each way to send an image costs, in the place of what was asked before; with none, only call
    /// that off. The number comes back with each answer.
    AskWays(u64, Option<Ask>),
    /// Begin updates.
    Update(Wish),
    /// Cancel an update.
    CancelJob(JobId),
    /// Read where the image of an update crashed.
    ReadCrash(JobId, Box<Crash>),
    /// Cancel a rollout.
    CancelRollout(RolloutId),
    /// Begin no further device of a rollout.
    PauseRollout(RolloutId),
    /// Go on with a rollout that was paused.
    ContinueRollout(RolloutId),
    /// List the images.
    LoadLibrary,
    /// Ask for an image with the system's dialog.
    PickImage,
    /// Ask for a project's folder with the system's dialog.
    PickFolder,
    /// Take an image file, or whatever can be built into one, into the library.
    AddImage {
        /// Where it is.
        path: PathBuf,
        /// Who signs it, unless it is signed already.
        sign: Option<SignerName>,
    },
    /// Stop the build that runs.
    CancelBuild,
    /// Look which of these are signed.
    ReadSignatures(Vec<Entry>),
    /// Sign an image of the library.
    Sign {
        /// The image.
        image: Digest,
        /// Who signs it.
        signer: SignerName,
        /// Whether the signatures that are there stay.
        append: bool,
    },
    /// List the keys of this computer.
    LoadKeys,
    /// Make a new signer.
    NewSigner {
        /// Its name.
        name: SignerName,
        /// The image that it is to sign then.
        then_sign: Option<Digest>,
    },
    /// Ask for the file of a backup with the system's dialog.
    PickBackup(Way),
    /// Write the keys of all devices into a file.
    ExportKeys {
        /// The file.
        path: PathBuf,
        /// What opens it.
        passphrase: Passphrase,
    },
    /// Take the keys of such a file over.
    ImportKeys {
        /// The file.
        path: PathBuf,
        /// What opens it.
        passphrase: Passphrase,
        /// Whether they take the place of others.
        replace: bool,
    },
    /// Put an update through power cuts everywhere.
    Prove {
        /// The image that devices run.
        old: Digest,
        /// The image that they shall run.
        new: Digest,
        /// What boots them.
        bootloader: Bootloader,
        /// The partition table that they have.
        table: Table,
    },
    /// Ask for a partition table with the system's dialog.
    PickTable,
    /// Break that off.
    CancelProof,
    /// List the release sources.
    LoadSources,
    /// Look a source up, and track it.
    TrackSource(Box<TrackedSource>),
    /// Track a source no more.
    RemoveSource(Box<TrackedSource>),
    /// Look all sources up now.
    CheckSources,
    /// Fetch the image of a source into the library.
    FetchImage(Box<TrackedSource>),
    /// Break off what is fetched or looked up.
    CancelFetch,
    /// Open an image of the library to look into it.
    OpenImage(Digest),
    /// Drop an image from the library.
    ForgetImage(Box<Entry>),
    /// Serve an image plainly.
    Serve(Digest),
    /// Stop that.
    StopServing,
    /// List past updates, and certificates.
    LoadHistory,
    /// Read the course of a past update.
    LoadCourse(i64),
    /// Write the history to a file that the user chooses.
    ExportHistory(Format),
    /// Write everything about one past update to a file that the user chooses.
    WriteBundle(i64),
    /// Change a setting; with `None` its default counts again.
    ChangeSetting(Key, Option<String>),
    /// Count the bytes that are kept so that updates are small.
    CountSaved,
    /// Delete some of them.
    ClearSaved(Saving),
    /// Something with Toit's envelopes.
    Toit(Box<toit::Order>),
    /// Something with boards on a cable.
    Usb(Box<usb::order::Order>),
    /// Something with the port that the monitor reads.
    Monitor(monitor::Order),
    /// Show a notification of the desktop.
    Notify {
        /// What happened.
        title: String,
        /// More about it.
        text: String,
    },
    /// Close the window, whatever runs.
    Quit,
}
