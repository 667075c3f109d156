//! The form that makes an `ota.bin` of an envelope: where that comes from, the programs, the network.

use std::path::Path;

use skylift_protocol::Id;

use crate::gui::dialog::Secret;
use crate::gui::usb::form::{Joins, WishedNetwork};
use crate::gui::wifi_rules;
use crate::image::envelope::is_container_name;
use crate::image::source::SourceError;
use crate::image::toit::jaguar_image::JaguarDevice;
use crate::image::toit::recipe::Program;
use crate::image::toit::source::EnvelopeSource;

/// Bytes of a container's name at most.
const MOST_NAME: usize = 14;
/// The container that comes with the envelope.
pub(super) const SYSTEM: &str = "system";

/// Which kind of place the envelope comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// A file of this computer.
    #[default]
    File,
    /// An address on the net.
    Url,
    /// Toit's own releases, by chip and SDK version.
    Release,
}

/// The Jaguar device that an image is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jaguar {
    /// Its id now.
    pub id: Id,
    /// As it says of itself.
    pub device: JaguarDevice,
    /// The user accepts that Jaguar is not in the image.
    pub leave: bool,
}

/// A field that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name of a program, by its place.
    Program(usize),
    /// The name of the network.
    Ssid,
    /// Its password.
    Password,
}

/// What the form holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Which of the fields below counts.
    pub place: Place,
    /// The path of an envelope.
    pub file: String,
    /// The URL of an envelope.
    pub url: String,
    /// The variant of a release.
    pub chip: String,
    /// The SDK version of a release.
    pub version: String,
    /// The Jaguar device that it is for, if it is for one.
    pub device: Option<Jaguar>,
    /// The programs.
    pub programs: Vec<Program>,
    /// Containers of the envelope that are left out, unless a program takes their place.
    pub without: Vec<String>,
    /// The path of one more.
    pub one_more: String,
    /// The network.
    pub joins: Joins,
    /// The name of a network that is typed in.
    pub ssid: String,
    /// Its password.
    pub password: Secret,
    /// Fields that have been left: what is wrong with them is told.
    pub left: Vec<Field>,
}

/// What is wrong with the fields, each in half a sentence.
pub type Flaws = Vec<(Field, String)>;

/// Whether a file is taken for a program of Toit, by its name.
#[must_use]
pub fn is_program(file: &Path) -> bool {
    ["toit", "snapshot", "image"].into_iter().any(|extension| has_extension(file, extension))
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

impl Form {
    /// Where the envelope comes from; or what is wrong with that. Nothing filled in is nothing wrong.
    ///
    /// # Errors
    /// A sentence, or nothing.
    pub fn source(&self) -> Result<EnvelopeSource, String> {
        let [file, url, chip, version] =
            [&self.file, &self.url, &self.chip, &self.version].map(|text| text.trim());
        let filled = match self.place {
            Place::File => !file.is_empty(),
            Place::Url => !url.is_empty(),
            Place::Release => !chip.is_empty() && !version.is_empty(),
        };
        if !filled {
            return Err(String::new());
        }
        match self.place {
            Place::File => Ok(EnvelopeSource::File(file.into())),
            Place::Url => match url.parse() {
                Ok(EnvelopeSource::Url(url)) => Ok(EnvelopeSource::Url(url)),
                Ok(_) => Err("a URL begins with https://".to_owned()),
                Err(error) => Err(SourceError::to_string(&error)),
            },
            Place::Release => match format!("{chip}@{version}").parse() {
                Ok(release @ EnvelopeSource::Release { .. }) => Ok(release),
                _ => Err("a chip such as esp32c3, and a version such as v2.0.0-alpha.190".to_owned()),
            },
        }
    }

    /// Adds a program, with a name that no other has.
    pub fn add(&mut self, file: &Path) {
        let mut program = Program::of_file(file);
        let taken = |name: &str| self.programs.iter().any(|other| other.name == name);
        let stem: String = program.name.chars().take(MOST_NAME - 3).collect();
        let mut numbered = (2..=99).map(|number| format!("{stem}-{number}"));
        if taken(&program.name) {
            program.name = numbered.find(|name| !taken(name)).unwrap_or_default();
        }
        self.programs.push(program);
    }

    /// Leaves a container of the envelope out, or takes it back.
    pub fn leave_out(&mut self, name: &str, out: bool) {
        self.without.retain(|known| known != name);
        if out {
            self.without.push(name.to_owned());
        }
    }

    /// What is wrong with the fields.
    #[must_use]
    pub fn flaws(&self) -> Flaws {
        let mut flaws = Flaws::new();
        for (at, program) in self.programs.iter().enumerate() {
            let before = self.programs.iter().take(at);
            if let Some(flaw) = name_flaw(&program.name, before) {
                flaws.push((Field::Program(at), flaw));
            }
        }
        if self.joins == Joins::Typed {
            flaws.extend(wifi_rules::ssid(&self.ssid).err().map(|flaw| (Field::Ssid, flaw)));
            flaws.extend(wifi_rules::password(&self.password).err().map(|flaw| (Field::Password, flaw)));
        }
        flaws
    }

    /// What is wrong with a field that was left.
    #[must_use]
    pub fn told(&self, field: Field) -> Option<String> {
        let left = self.left.contains(&field);
        self.flaws().into_iter().find(|(wrong, _)| *wrong == field && left).map(|(_, flaw)| flaw)
    }

    /// The network, if one is chosen and nothing is wrong with it.
    #[must_use]
    pub fn network(&self) -> Option<WishedNetwork> {
        match &self.joins {
            Joins::Nothing => None,
            Joins::Remembered(name) => wifi_rules::ssid(name).ok().map(WishedNetwork::Remembered),
            Joins::Typed => {
                let (ssid, password) =
                    (wifi_rules::ssid(&self.ssid).ok()?, wifi_rules::password(&self.password).ok()?);
                Some(WishedNetwork::New(skylift_protocol::Network { ssid, password }))
            }
        }
    }
}

fn name_flaw<'a>(name: &str, mut before: impl Iterator<Item = &'a Program>) -> Option<String> {
    if !is_container_name(name) || name.trim() != name || name.ends_with('/') {
        return Some("1 to 14 bytes, beginning with neither $ nor +".to_owned());
    }
    if name == SYSTEM {
        return Some("that is the envelope's own; choose another name".to_owned());
    }
    before.any(|other| other.name == name).then(|| "another program is called so".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_called_like_their_files_and_never_the_same() {
        let mut form = Form::default();
        for file in ["a/validate.toit", "b/validate.snapshot", "a-very-long-name-of-a-program.toit"] {
            form.add(Path::new(file));
        }
        let names: Vec<_> = form.programs.iter().map(|program| program.name.as_str()).collect();
        assert_eq!(names, ["validate", "validate-2", "a-very-long-na"]);
        assert_eq!(form.flaws(), []);
        form.add(Path::new("c/a-very-long-name-of-a-pump.toit"));
        assert_eq!((form.programs[3].name.as_str(), form.flaws().len()), ("a-very-long-2", 0));
    }

    #[test]
    fn a_name_that_cannot_be_is_told_once_its_field_was_left() {
        let mut form = Form::default();
        form.add(Path::new("lamp.toit"));
        form.add(Path::new("pump.toit"));
        for wrong in ["", "system", "$lamp", "lamp", "fifteen-letters", "lamp "] {
            wrong.clone_into(&mut form.programs[1].name);
            assert_eq!(form.flaws().len(), 1, "{wrong:?}");
            assert_eq!(form.told(Field::Program(1)), None);
        }
        form.left.push(Field::Program(1));
        assert!(form.told(Field::Program(1)).is_some());
        assert_eq!(form.told(Field::Program(0)), None);
    }

    #[test]
    fn the_network_is_checked_and_shows_its_password_to_nobody() {
        let mut form = Form { joins: Joins::Typed, ssid: "attic".to_owned(), ..Form::default() };
        form.password = Secret::new("short".to_owned());
        assert_eq!((form.network(), form.flaws().len()), (None, 1));
        form.password = Secret::new("hunter2hunter2".to_owned());
        let Some(WishedNetwork::New(network)) = form.network() else { panic!("it was typed") };
        assert_eq!(network.password.reveal(), "hunter2hunter2");
        assert!(!format!("{form:?} {network:?}").contains("hunter2"));
    }

    #[test]
    fn an_envelope_comes_from_the_place_that_is_chosen() {
        let mut form = Form { file: " a.envelope ".to_owned(), chip: "esp32".to_owned(), ..Form::default() };
        assert_eq!(form.source(), Ok(EnvelopeSource::File("a.envelope".into())));
        form.place = Place::Release;
        assert_eq!(form.source(), Err(String::new()));
        form.version = "newest".to_owned();
        assert!(form.source().is_err_and(|flaw| flaw.contains("v2.0.0")));
        form.version = "v2.0.0-alpha.190".to_owned();
        let release = EnvelopeSource::Release { chip: "esp32".to_owned(), sdk_version: form.version.clone() };
        assert_eq!(form.source(), Ok(release));
        form.place = Place::Url;
        for (url, sound) in [("http://a.b/c", false), ("acme/lamp", false), ("https://a.b/c.gz", true)] {
            url.clone_into(&mut form.url);
            assert_eq!(form.source().is_ok(), sound, "{url}");
        }
    }
}
