//! What most people leave as it is: how much is flashed, with which table and bootloader, and how the chip is reached.

use std::path::{Path, PathBuf};

use crate::usb::board::Table;
use crate::usb::flash::{BootloaderWish, Refusal, Scope, TableWish, Wish};
use crate::usb::wire::{After, Approach, Before, USUAL_RATE};

/// Highest rates that can be tried, in baud. Everything above the first is lowered where bytes arrive damaged.
pub const RATES: [u32; 6] = [115_200, 230_400, 460_800, 921_600, 1_500_000, 2_000_000];

/// Which partition table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TableChoice {
    /// That of the firmware, else Skylift's for the size of the flash.
    #[default]
    Fitting,
    /// The board's own.
    Keep,
    /// Skylift's for a flash of so many bytes.
    Ours(u32),
    /// One in a file: CSV or binary.
    File(PathBuf),
}

/// Which bootloader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BootloaderChoice {
    /// That of the firmware, else ESP-IDF's, which does not roll back.
    #[default]
    Fitting,
    /// One in a file.
    File {
        /// Where.
        path: PathBuf,
        /// Its owner says that it rolls back.
        rolls_back: bool,
    },
}

/// How the chip is reached, and left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The highest rate to try, in baud; `None` is the usual one.
    pub baud: Option<u32>,
    /// How the chip gets into download mode.
    pub before: Before,
    /// How it is left.
    pub after: After,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// They are unfolded.
    pub shown: bool,
    /// How much is written.
    pub scope: Scope,
    /// The partition table, unless the app alone is written.
    pub table: TableChoice,
    /// The bootloader, unless the app alone is written.
    pub bootloader: BootloaderChoice,
    /// How the chip is reached.
    pub reach: Reach,
}

impl Reach {
    /// The highest rate that is tried, in baud.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.baud.unwrap_or(USUAL_RATE)
    }

    /// The approach to the board on a port.
    #[must_use]
    pub fn approach(&self, port: &str) -> Approach {
        Approach { baud: self.rate(), before: self.before, after: self.after, ..Approach::new(port) }
    }

    /// The board runs what it was given.
    #[must_use]
    pub fn restarts(&self) -> bool {
        self.after == After::Reset
    }
}

impl Choices {
    /// What is wanted of a flash; files are read.
    ///
    /// # Errors
    /// A file cannot be read, or is no partition table.
    pub fn wish(&self) -> Result<Wish, Refusal> {
        if self.scope == Scope::AppOnly {
            return Ok(Wish { scope: Scope::AppOnly, ..Wish::default() });
        }
        let table = match &self.table {
            TableChoice::Fitting => TableWish::Fitting,
            TableChoice::Keep => TableWish::Keep,
            TableChoice::Ours(size) => {
                TableWish::Given(Table::for_flash(*size).ok_or(Refusal::SmallFlash { size: *size })?)
            }
            TableChoice::File(path) => TableWish::read(path)?,
        };
        let bootloader = match &self.bootloader {
            BootloaderChoice::Fitting => BootloaderWish::Fitting,
            BootloaderChoice::File { path, rolls_back } => BootloaderWish::read(path, *rolls_back)?,
        };
        Ok(Wish { scope: Scope::Everything, table, bootloader })
    }

    /// Whether another plan comes of them than of others.
    #[must_use]
    pub fn plans_as(&self, other: &Self) -> bool {
        let planned = |it: &Self| (it.scope, it.table.clone(), it.bootloader.clone());
        planned(self) == planned(other)
    }

    /// What is not as usual, in a few words; nothing if all of it is.
    #[must_use]
    pub fn remark(&self) -> String {
        let mut words = Vec::new();
        if self.scope == Scope::AppOnly {
            words.push("app only".to_owned());
        } else {
            words.extend(match &self.table {
                TableChoice::Fitting => None,
                TableChoice::Keep => Some("table kept".to_owned()),
                TableChoice::Ours(_) | TableChoice::File(_) => Some("other table".to_owned()),
            });
            if self.bootloader != BootloaderChoice::Fitting {
                words.push("own bootloader".to_owned());
            }
        }
        words.extend(self.reach.baud.map(|baud| format!("{baud} baud")));
        if self.reach.before == Before::NoReset {
            words.push("BOOT held".to_owned());
        }
        if self.reach.after == After::NoReset {
            words.push("no restart".to_owned());
        }
        words.join(", ")
    }
}

/// The name of a file, for a field.
#[must_use]
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_changed_is_the_usual_flash() {
        let choices = Choices::default();
        assert_eq!((choices.wish().unwrap(), choices.remark()), (Wish::default(), String::new()));
        assert_eq!(choices.reach.approach("/dev/x"), Approach::new("/dev/x"));
    }

    #[test]
    fn an_app_alone_leaves_table_and_bootloader() {
        let file = PathBuf::from("/not/there");
        let choices =
            Choices { scope: Scope::AppOnly, table: TableChoice::File(file.clone()), ..Choices::default() };
        assert_eq!(choices.wish().unwrap(), Wish { scope: Scope::AppOnly, ..Wish::default() });
        let whole = Choices { scope: Scope::Everything, ..choices };
        assert_eq!(whole.wish().unwrap_err().to_string().split(':').next(), Some("/not/there"));
    }

    #[test]
    fn tables_of_files_and_of_ours_are_those_of_the_plan() {
        let csv = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/partitions/8mb.csv");
        let wish = |table| Choices { table, ..Choices::default() }.wish().unwrap().table;
        let ours = TableWish::Given(Table::for_flash(8 << 20).unwrap());
        assert_eq!(wish(TableChoice::File(csv.into())), ours);
        assert_eq!(wish(TableChoice::Ours(8 << 20)), ours);
        assert_eq!(wish(TableChoice::Keep), TableWish::Keep);
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("table.bin");
        std::fs::write(&binary, Table::for_flash(8 << 20).unwrap().bytes).unwrap();
        assert_eq!(wish(TableChoice::File(binary)), ours);
    }

    #[test]
    fn what_is_not_as_usual_is_said() {
        let reach = Reach { baud: Some(230_400), after: After::NoReset, ..Reach::default() };
        let choices = Choices { table: TableChoice::Keep, reach, ..Choices::default() };
        assert_eq!(choices.remark(), "table kept, 230400 baud, no restart");
        assert!(!choices.plans_as(&Choices::default()));
        assert!(Choices { reach, shown: true, ..Choices::default() }.plans_as(&Choices::default()));
    }
}
