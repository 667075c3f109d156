//! The same for boards on a cable, and for what is said of them that is no error: the states of ports, and the ends of
//! first contacts.

use skylift::store::NetworksError;
use skylift::usb::backup::BackupError;
use skylift::usb::monitor::{MonitorError, SearchFlaw, Unread};
use skylift::usb::ports::{Fix, State};
use skylift::usb::provision::ContactEnd;
use skylift::usb::{UsbError, backup, flash};

use super::SYSTEM;
use crate::covered;
use crate::table::Covered;
use crate::table::How::{self, Carries, Caused, Never};

/// Nothing is wrong.
const WELL: How = Never("nothing is wrong then");

covered!(UsbError {
    UsbError::Cancelled => Caused,
    UsbError::Ports { .. } => SYSTEM,
    UsbError::NoPort { .. } => Caused,
    UsbError::NoPermission { .. } => Caused,
    UsbError::InUse { .. } => Caused,
    UsbError::Open { .. } => Caused,
    UsbError::NoAnswer { .. } => Caused,
    UsbError::NotInDownloadMode { .. } => Caused,
    UsbError::UnknownChip { .. } => Caused,
    UsbError::WrongChip { .. } => Caused,
    UsbError::Gone { .. } => Caused,
    UsbError::Silent { .. } => Caused,
    UsbError::Damaged { .. } => Caused,
    UsbError::NoFlash { .. } => Caused,
    UsbError::NotWritten { .. } => Caused,
    UsbError::OutOfFlash { .. } => Caused,
    UsbError::NotASector { .. } => Caused,
    UsbError::Backup(_) => Carries,
    UsbError::Monitor(_) => Carries,
    UsbError::Table { .. } => Caused,
    UsbError::NoPlace { .. } => Caused,
    UsbError::NoRoom { .. } => Caused,
    UsbError::NotSettings { .. } => Caused,
    UsbError::NoMac { .. } => Caused,
    UsbError::HalfProvisioned { .. } => Caused,
    UsbError::Key { .. } => Caused,
    UsbError::NotFlashed(_) => Carries,
    UsbError::Refused { .. } => Caused,
});
covered!(State {
    State::Ready => WELL,
    State::InUse { .. } => Caused,
    State::NoPermission(_) => Caused,
    State::Gone => Caused,
});
covered!(Fix {
    Fix::JoinGroup { .. } => Caused,
    Fix::LogInAgain { .. } => Caused,
    Fix::UdevRule => Caused,
    Fix::OfAnother { .. } => Caused,
});
covered!(flash::Refusal {
    flash::Refusal::SecureBoot => Caused,
    flash::Refusal::Encrypted => Caused,
    flash::Refusal::SecureDownload => Caused,
    flash::Refusal::UnknownChip(_) => Caused,
    flash::Refusal::WrongChip { .. } => Caused,
    flash::Refusal::Revision { .. } => Caused,
    flash::Refusal::Simulated => Caused,
    flash::Refusal::NotBundled(_) => Caused,
    flash::Refusal::SmallFlash { .. } => Caused,
    flash::Refusal::TableTooLarge { .. } => Caused,
    flash::Refusal::Table(_) => Caused,
    flash::Refusal::NoAppPartition => Caused,
    flash::Refusal::TooLarge { .. } => Caused,
    flash::Refusal::NothingToKeep => Caused,
    flash::Refusal::NoBootloader(_) => Caused,
    flash::Refusal::Unreadable { .. } => Caused,
    flash::Refusal::NotATable { .. } => Caused,
    flash::Refusal::NotABootloader(_) => Caused,
    flash::Refusal::Misplaced { .. } => Caused,
    flash::Refusal::NoPartition(_) => Caused,
    flash::Refusal::NotBootable { .. } => Caused,
});
covered!(BackupError {
    BackupError::Io { .. } => Caused,
    BackupError::Unknown(_) => Caused,
    BackupError::NoneOf(_) => Caused,
    BackupError::Ambiguous { .. } => Caused,
    BackupError::Damaged { .. } => Carries,
    BackupError::FlashTooLarge { .. } => Caused,
    BackupError::Hidden { .. } => Caused,
    BackupError::OtherFuses { .. } => Caused,
    BackupError::OtherChip { .. } => Caused,
    BackupError::OtherSize { .. } => Caused,
    BackupError::NoPartition { .. } => Caused,
    BackupError::NotOnBoard { .. } => Caused,
    BackupError::Moved { .. } => Caused,
    BackupError::OtherType { .. } => Caused,
});
covered!(backup::Flaw {
    backup::Flaw::Unreadable(_) => Caused,
    backup::Flaw::NotAFile => Caused,
    backup::Flaw::NotAZip(_) => Caused,
    backup::Flaw::Missing(_) => Caused,
    backup::Flaw::TooLarge(_) => Caused,
    backup::Flaw::NotUnderstood => Caused,
    backup::Flaw::Newer(_) => Caused,
    backup::Flaw::OtherBytes => Caused,
});
covered!(ContactEnd {
    ContactEnd::OnTheNetwork { .. } => WELL,
    ContactEnd::WrongPassword { .. } => Caused,
    ContactEnd::NoSuchNetwork { .. } => Caused,
    ContactEnd::NoAddress { .. } => Caused,
    ContactEnd::NotJoined { .. } => Caused,
    ContactEnd::NoNetworks => Caused,
    ContactEnd::Panicked { .. } => Caused,
    ContactEnd::NotProven { .. } => Caused,
    ContactEnd::NotSeen { .. } => Caused,
});
covered!(MonitorError {
    MonitorError::NoResetLines { .. } => Caused,
    MonitorError::TakesNothing { .. } => Caused,
    MonitorError::Baud { .. } => Caused,
    MonitorError::File { .. } => Caused,
});
covered!(SearchFlaw {
    SearchFlaw::Empty => Caused,
    SearchFlaw::TooLong => Caused,
    SearchFlaw::Bad(_) => Caused,
    SearchFlaw::TooLarge => Caused,
});
covered!(Unread {
    Unread::NoAddresses => Caused,
    Unread::Unnamed => Caused,
    Unread::NoElf(_) => Caused,
    Unread::OtherBuild { .. } => Caused,
    Unread::BadElf(_) => Caused,
});
covered!(NetworksError {
    NetworksError::Kept(_) => Carries,
    NetworksError::Exposed(_) => Carries,
});

/// Every variant of them.
pub fn all() -> Vec<(&'static str, How)> {
    [
        UsbError::VARIANTS,
        State::VARIANTS,
        Fix::VARIANTS,
        flash::Refusal::VARIANTS,
        BackupError::VARIANTS,
        backup::Flaw::VARIANTS,
        ContactEnd::VARIANTS,
        MonitorError::VARIANTS,
        SearchFlaw::VARIANTS,
        Unread::VARIANTS,
        NetworksError::VARIANTS,
    ]
    .concat()
}
