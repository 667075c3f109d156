//! The form that sets a board up: its firmware, its name, its network, whom it obeys.

use std::path::PathBuf;

use skylift_protocol::{Chip, Digest, Name, Network, Ssid};

use super::choices::{BootloaderChoice, Choices, TableChoice};
use super::order::Wanted;
use crate::gui::dialog::Secret;
use crate::gui::wifi_rules;
use crate::image::sign::SignerName;
use crate::usb::provision::{PairWish, device_name};

/// Bytes of a name at most.
pub const MOST_NAME: usize = 32;

/// What is to be flashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// What comes with Skylift, for whichever chip a board turns out to have.
    Fitting,
    /// What comes with Skylift for the chip.
    Bundled(Chip),
    /// An image of the library.
    Library(Digest),
    /// A file: an image, an ELF, a merged image.
    Path(PathBuf),
}

/// Which network the board is to join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Joins {
    /// None: it is reached by cable alone.
    #[default]
    Nothing,
    /// One whose password this computer remembers.
    Remembered(String),
    /// One that is typed in.
    Typed,
}

/// A field that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name of the device.
    Name,
    /// The name of the network.
    Ssid,
    /// Its password.
    Password,
}

/// What a board is to become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// What is to be flashed; nothing if there is nothing for its chip.
    pub firmware: Option<Firmware>,
    /// Its name.
    pub name: String,
    /// Its network.
    pub joins: Joins,
    /// The name of a network that is typed in.
    pub ssid: String,
    /// Its password.
    pub password: Secret,
    /// It obeys this computer only.
    pub pair: bool,
    /// It gets a new key though it has one.
    pub new_key: bool,
    /// It runs images of the default signer only.
    pub sign_only: bool,
    /// What most people leave as it is.
    pub choices: Choices,
    /// Fields that have been left: what is wrong with them is told.
    pub left: Vec<Field>,
}

/// The network that a board is to join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WishedNetwork {
    /// One whose password is looked up.
    Remembered(Ssid),
    /// This one; it is remembered.
    New(Network),
}

/// What a board is to be told, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Its name.
    pub name: Name,
    /// Its network.
    pub network: Option<WishedNetwork>,
    /// Whom it obeys.
    pub pairing: PairWish,
    /// Whose images it runs, if not everybody's.
    pub sign_only: Option<SignerName>,
}

/// What is wrong with the fields of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flaws {
    /// With the name.
    pub name: Option<String>,
    /// With the network's name.
    pub ssid: Option<String>,
    /// With its password.
    pub password: Option<String>,
}

impl Flaws {
    fn any(&self) -> bool {
        self.name.is_some() || self.ssid.is_some() || self.password.is_some()
    }

    /// Without those of fields that are still being filled in.
    #[must_use]
    pub fn told(self, left: &[Field]) -> Self {
        let is_left = |field| left.contains(&field);
        Self {
            name: self.name.filter(|_| is_left(Field::Name)),
            ssid: self.ssid.filter(|_| is_left(Field::Ssid)),
            password: self.password.filter(|_| is_left(Field::Password)),
        }
    }
}

impl Form {
    /// What the board is to be told; or what is wrong with the fields. `signer` is the one that signs here.
    ///
    /// # Errors
    /// The flaws of all fields.
    pub fn read(&self, signer: Option<&SignerName>) -> Result<Setup, Flaws> {
        let name = device_name(self.name.trim());
        let network = self.network();
        let flaws = Flaws {
            name: name.as_ref().err().cloned(),
            ssid: network.as_ref().err().and_then(|(ssid, _)| ssid.clone()),
            password: network.as_ref().err().and_then(|(_, password)| password.clone()),
        };
        match (name, network) {
            (Ok(name), Ok(network)) if !flaws.any() => Ok(Setup {
                name,
                network,
                pairing: self.pairing(),
                sign_only: signer.filter(|_| self.sign_only).cloned(),
            }),
            _ => Err(flaws),
        }
    }

    /// The network; or what is wrong with its name, and what with its password.
    fn network(&self) -> Result<Option<WishedNetwork>, (Option<String>, Option<String>)> {
        match &self.joins {
            Joins::Nothing => Ok(None),
            Joins::Remembered(name) => match wifi_rules::ssid(name) {
                Ok(ssid) => Ok(Some(WishedNetwork::Remembered(ssid))),
                Err(flaw) => Err((Some(flaw), None)),
            },
            Joins::Typed => match (wifi_rules::ssid(&self.ssid), wifi_rules::password(&self.password)) {
                (Ok(ssid), Ok(password)) => Ok(Some(WishedNetwork::New(Network { ssid, password }))),
                (ssid, password) => Err((ssid.err(), password.err())),
            },
        }
    }

    const fn pairing(&self) -> PairWish {
        match (self.pair, self.new_key) {
            (false, _) => PairWish::Leave,
            (true, false) => PairWish::Pair,
            (true, true) => PairWish::Anew,
        }
    }

    /// Takes a file that was chosen.
    pub fn take(&mut self, wanted: Wanted, file: PathBuf) {
        match wanted {
            Wanted::Firmware => self.firmware = Some(Firmware::Path(file)),
            Wanted::Table => self.choices.table = TableChoice::File(file),
            Wanted::Bootloader { rolls_back } => {
                self.choices.bootloader = BootloaderChoice::File { path: file, rolls_back };
            }
        }
    }

    /// The network is remembered now, and the password is typed no more.
    pub(super) fn forget_password(&mut self) {
        if self.joins == Joins::Typed {
            self.joins = Joins::Remembered(std::mem::take(&mut self.ssid));
        }
        self.password = Secret::default();
        self.left.clear();
    }

    /// A field was left.
    pub fn leave(&mut self, field: Field) {
        if !self.left.contains(&field) {
            self.left.push(field);
        }
    }
}

/// A name that no device has: `porch`, `porch-2`, `porch-3`.
#[must_use]
pub fn free_name<'a>(wanted: &str, taken: impl Iterator<Item = &'a str>) -> String {
    let taken: Vec<_> = taken.collect();
    let numbered = (2..).map(|number| format!("{wanted}-{number}"));
    std::iter::once(wanted.to_owned())
        .chain(numbered)
        .find(|name| !taken.contains(&name.as_str()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Form {
        Form {
            name: "porch-lamp".to_owned(),
            joins: Joins::Typed,
            ssid: "workshop".to_owned(),
            password: Secret::new("hunter2hunter2".to_owned()),
            pair: true,
            ..Form::default()
        }
    }

    #[test]
    fn a_form_becomes_a_setup_once_it_is_filled_in() {
        let signer: SignerName = "bench".parse().unwrap();
        let setup = Form { sign_only: true, ..filled() }.read(Some(&signer)).unwrap();
        assert_eq!(
            (setup.name.as_str(), setup.pairing, setup.sign_only),
            ("porch-lamp", PairWish::Pair, Some(signer.clone()))
        );
        let Some(WishedNetwork::New(network)) = setup.network else { panic!("it was typed") };
        assert_eq!((network.ssid.as_str(), network.password.reveal()), ("workshop", "hunter2hunter2"));
        assert_eq!(filled().read(Some(&signer)).unwrap().sign_only, None);
        let alone = Form { joins: Joins::Nothing, ..filled() };
        assert_eq!(alone.read(None).unwrap().network, None);
        let remembered = Form { joins: Joins::Remembered("attic".to_owned()), ..filled() };
        let attic = Ssid::try_from("attic").unwrap();
        assert_eq!(remembered.read(None).unwrap().network, Some(WishedNetwork::Remembered(attic)));
    }

    #[test]
    fn what_is_wrong_is_told_of_each_field_once_it_was_left() {
        let mut form = Form {
            name: " ".to_owned(),
            joins: Joins::Typed,
            ssid: "ß".repeat(17),
            password: Secret::new("short".to_owned()),
            ..Form::default()
        };
        let flaws = form.read(None).unwrap_err();
        assert!(flaws.name.is_some() && flaws.ssid.as_ref().is_some_and(|flaw| flaw.contains("34")));
        assert!(flaws.password.as_ref().is_some_and(|flaw| flaw.contains("8 to 63")));
        assert_eq!(flaws.clone().told(&form.left), Flaws::default());
        form.leave(Field::Password);
        let told = flaws.told(&form.left);
        assert!(told.password.is_some() && told.name.is_none() && told.ssid.is_none());
    }

    #[test]
    fn the_password_shows_itself_to_nobody() {
        let form = filled();
        let setup = form.read(None).unwrap();
        for text in [format!("{form:?}"), format!("{setup:?}")] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn names_that_are_taken_are_counted_on() {
        let taken = ["lamp", "lamp-2", "door"];
        assert_eq!(free_name("lamp", taken.into_iter()), "lamp-3");
        assert_eq!(free_name("porch", taken.into_iter()), "porch");
    }
}
