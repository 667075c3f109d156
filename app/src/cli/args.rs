//! The command line as clap reads it.

use clap::{Parser, Subcommand};

use super::session::GlobalOptions;
use super::{
    action, backup, board, build, certify, demo, demo_image, devices, drill, envelope, erase, fetch_image,
    firmware, flash, forget, history, images, inspect, keys, log, monitor, networks, plan, ports, provision,
    restore, resume_waiting, serve, settings, sign, simulate, sources, status, tag, update, wifi, window,
};

/// Update microcontrollers over the air, and see the truth about what came of it.
#[derive(Parser, Debug)]
#[command(
    name = "skylift",
    version,
    after_help = "DEVICE is an id, a name or host:port.\n\
    Exit codes: 0 done or validated, 1 failed, 2 wrong usage, 3 rolled back, 4 refused, 5 lost.\n\
    Of several devices the worst end counts: lost, then rolled back, failed, refused."
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: GlobalOptions,
    #[command(flatten)]
    pub(super) window: window::Arguments,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List the devices on the network
    Devices(devices::Arguments),
    /// Show what a device runs, and how its last update ended
    Status(status::Arguments),
    /// Show what an image is, and whether a device would boot it
    Inspect(inspect::Arguments),
    /// Build an image from a project, an ELF, a build folder or a merged image
    Build(build::Arguments),
    /// Look into Toit's firmware envelopes, change them, and make images of them
    Envelope(envelope::Arguments),
    /// List the firmware for chips that comes with Skylift, and save it to files
    Firmware(firmware::Arguments),
    /// Fetch an image from an https URL or a release on GitHub
    FetchImage(fetch_image::Arguments),
    /// Sign an image, for devices that take signed images only
    Sign(sign::Arguments),
    /// List, export, import and forget the keys of devices; make and list those that sign images
    Keys(keys::Arguments),
    /// Prove that the update from one image to another survives power cuts at every point
    Certify(certify::Arguments),
    /// List the images that this computer knows; add and forget some
    Images(images::Arguments),
    /// Track projects and URLs, and look them up for new images
    Sources(sources::Arguments),
    /// Say what an update would send to each device, and how long that would take; nothing is sent
    Plan(plan::Arguments),
    /// Update devices to an image
    Update(update::Arguments),
    /// Send a build that must fail, to see that the device comes back from it
    Drill(drill::Arguments),
    /// Go on waiting for devices that did not answer, and update them when they come back
    ResumeWaiting(resume_waiting::Arguments),
    /// Show past updates, and those in progress
    History(history::Arguments),
    /// Give a device tags, or show those it has
    Tag(tag::Arguments),
    /// Take tags from a device
    Untag(tag::UntagArguments),
    /// Forget a device
    Forget(forget::Arguments),
    /// Keep the image that runs on probation
    Validate(action::Arguments),
    /// Return to the image in the other slot
    Rollback(action::Arguments),
    /// Restart a device
    Reboot(action::Arguments),
    /// Have a device blink, to see which one it is
    Identify(action::Arguments),
    /// Give a device another name
    Rename(action::RenameArguments),
    /// Move a device to another WiFi
    Wifi(wifi::Arguments),
    /// Show the tail of a device's log
    Log(log::Arguments),
    /// Serve an image under a fixed URL, for devices that fetch on their own
    Serve(serve::Arguments),
    /// List the ports that a board may be on, and say what keeps them from being used
    Ports(ports::Arguments),
    /// Show what a board on a cable is and holds; choose what it starts
    Board(board::Arguments),
    /// Flash a board on a cable, set it up, and see it come onto the network
    Flash(flash::Arguments),
    /// Erase a board on a cable, or one of its partitions
    Erase(erase::Arguments),
    /// Give a board on a cable its name, WiFi, key and signers, and see it come onto the network
    Provision(provision::Arguments),
    /// List and forget the networks that boards were given by cable
    Networks(networks::Arguments),
    /// Read all that a board on a cable holds into a file; list, check and delete such backups
    Backup(backup::Arguments),
    /// Write a backup back to a board on a cable
    Restore(restore::Arguments),
    /// Show what a board on a cable logs, and decode its panics
    Monitor(monitor::Arguments),
    /// Show and change settings
    Settings(settings::Arguments),
    /// Update a simulated device, to see how it goes
    Demo(demo::Arguments),
    /// Switch simulated devices on
    Simulate(simulate::Arguments),
    /// Write an image for simulated devices
    DemoImage(demo_image::Arguments),
}
