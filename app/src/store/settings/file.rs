//! The file of settings: read strictly, changed one line at a time, written whole or not at all.
//!
//! Comments, and settings that only a later Skylift knows, stay in it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use toml_edit::{Document, DocumentMut, Item, Table, Value};

use super::Settings;
use super::key::{Key, ValueError};
use crate::advice::Advice;
use crate::image::write_private;
use crate::store::DataDir;
use crate::store::kept::{KeptError, lock};

const NAME: &str = "settings.toml";
const LOCK: &str = "settings.lock";
/// Nobody types more than that.
const MOST: u64 = 64 * 1024;

/// Why the settings cannot be read or changed. What is in the file stays there.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The operating system does not let it be read or written.
    #[error("{} cannot be read or written: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// It is not what a person has typed.
    #[error("{} has more than {} KiB, which settings never have", .0.display(), MOST / 1024)]
    TooLarge(PathBuf),
    /// It is not TOML.
    #[error("{}, line {line}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A setting has a value that it cannot have.
    #[error("{}, line {line}: {error}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong there.
        error: ValueError,
    },
    /// Two processes cannot be kept from changing it at once.
    #[error(transparent)]
    Lock(#[from] KeptError),
    /// What is to be set is no value of the setting.
    #[error(transparent)]
    NoValue(#[from] ValueError),
}

impl Advice for SettingsError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Io { .. } => vec!["--data-dir DIR, or SKYLIFT_HOME, keeps everything elsewhere".to_owned()],
            Self::TooLarge(path) => vec![format!("move {} away; the defaults count then", path.display())],
            Self::Syntax { path, .. } => vec![
                "mend that line".to_owned(),
                format!("move {} away; the defaults count then", path.display()),
            ],
            Self::Value { error, .. } => {
                let name = error.key.name();
                vec![format!("skylift settings set {name} VALUE, or skylift settings reset {name}")]
            }
            Self::Lock(error) => error.advice(),
            Self::NoValue(error) => error.advice(),
        }
    }
}

/// The file of settings of a data folder.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    data_dir: DataDir,
    path: PathBuf,
}

/// What is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The settings; those that are not in the file have their defaults.
    pub settings: Settings,
    /// Those that are in it.
    pub set: Vec<Key>,
    /// Sentences about what is in it and no setting.
    pub warnings: Vec<String>,
}

impl SettingsFile {
    /// The file of a data folder.
    #[must_use]
    pub fn new(data_dir: &DataDir) -> Self {
        Self { data_dir: data_dir.clone(), path: data_dir.path().join(NAME) }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything in it; the defaults if there is no file.
    ///
    /// # Errors
    /// It cannot be read, is no TOML, or a setting has a value that it cannot have. Nothing is guessed then.
    pub fn load(&self) -> Result<Loaded, SettingsError> {
        let text = self.text()?;
        let document = self.parse(&text)?;
        let mut loaded = Loaded { settings: Settings::default(), set: Vec::new(), warnings: Vec::new() };
        for key in Key::ALL {
            let (section, name) = key.place();
            let Some(item) = document.get(section).and_then(|section| section.get(name)) else { continue };
            let value =
                item.as_value().and_then(text_of).unwrap_or_else(|| item.to_string().trim().to_owned());
            key.set(&value, &mut loaded.settings).map_err(|error| {
                let line = line_of(&text, item.span());
                SettingsError::Value { path: self.path.clone(), line, error }
            })?;
            loaded.set.push(key);
        }
        loaded.warnings = self.unknown(&document, &text);
        Ok(loaded)
    }

    /// Sets a setting, or with `None` takes it out of the file, so that its default counts.
    ///
    /// # Errors
    /// The setting cannot have this value, the file is no TOML, or it cannot be written. It is as it was then.
    pub fn change(&self, key: Key, value: Option<&str>) -> Result<(), SettingsError> {
        let value = value.map(|text| checked(key, text)).transpose()?;
        let _alone = lock(&self.data_dir, LOCK)?;
        let text = self.text()?;
        let mut document = self.parse(&text)?.into_mut();
        let (section, name) = key.place();
        match value {
            Some(value) => {
                document.entry(section).or_insert_with(|| Item::Table(Table::new()));
                set(&mut document, section, name, value);
            }
            None => {
                if let Some(section) = document.get_mut(section).and_then(Item::as_table_like_mut) {
                    section.remove(name);
                }
            }
        }
        write_private(&self.path, document.to_string().as_bytes()).map_err(|error| self.io(error))
    }

    fn parse<'t>(&self, text: &'t str) -> Result<Document<&'t str>, SettingsError> {
        let syntax = |span, problem| SettingsError::Syntax {
            path: self.path.clone(),
            line: line_of(text, span),
            problem,
        };
        let document = Document::parse(text)
            .map_err(|error| syntax(error.span(), error.message().trim().replace('\n', ", ")))?;
        for (section, _) in Key::ALL.map(Key::place) {
            if let Some(item) = document.get(section).filter(|item| !item.is_table_like()) {
                return Err(syntax(item.span(), format!("`{section}` has to be a section: [{section}]")));
            }
        }
        Ok(document)
    }

    fn text(&self) -> Result<String, SettingsError> {
        let file = match File::open(&self.path) {
            // A data folder that is none holds no settings either; that it is none is said where something is kept.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(String::new());
            }
            file => file.map_err(|error| self.io(error))?,
        };
        let mut text = String::new();
        file.take(MOST + 1).read_to_string(&mut text).map_err(|error| self.io(error))?;
        if text.len() as u64 > MOST {
            return Err(SettingsError::TooLarge(self.path.clone()));
        }
        Ok(text)
    }

    /// What is in the file and no setting of this Skylift's.
    fn unknown(&self, document: &Document<&str>, text: &str) -> Vec<String> {
        let known: Vec<_> = Key::ALL.into_iter().map(Key::place).collect();
        let mut unknown = Vec::new();
        for (section, item) in document.iter() {
            let names = item.as_table_like().filter(|_| known.iter().any(|(known, _)| *known == section));
            match names {
                None => unknown.push((section.to_owned(), item.span())),
                Some(names) => unknown.extend(
                    names
                        .iter()
                        .filter(|(name, _)| !known.contains(&(section, name)))
                        .map(|(name, item)| (format!("{section}.{name}"), item.span())),
                ),
            }
        }
        let sentence = |(name, span): (String, _)| {
            let line = line_of(text, span);
            format!("{}, line {line}: `{name}` is no setting, and does nothing", self.path.display())
        };
        unknown.into_iter().map(sentence).collect()
    }

    fn io(&self, error: io::Error) -> SettingsError {
        SettingsError::Io { path: self.path.clone(), error }
    }
}

/// The value as it is written into the file.
fn checked(key: Key, text: &str) -> Result<Value, ValueError> {
    let mut settings = Settings::default();
    key.set(text, &mut settings)?;
    let text = key.value(&settings);
    if key.is_word() {
        return Ok(text.into());
    }
    Ok(match (text.parse::<i64>(), text.parse::<bool>(), text.parse::<f64>()) {
        (Ok(whole), ..) => whole.into(),
        (_, Ok(truth), _) => truth.into(),
        (.., Ok(number)) => number.into(),
        _ => text.into(),
    })
}

/// Puts a value in the place of the one before; a comment behind it stays.
fn set(document: &mut DocumentMut, section: &str, name: &str, mut value: Value) {
    let Some(section) = document.get_mut(section).and_then(Item::as_table_like_mut) else { return };
    if let Some(before) = section.get(name).and_then(Item::as_value) {
        *value.decor_mut() = before.decor().clone();
    }
    section.insert(name, Item::Value(value));
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(whole) => Some(whole.value().to_string()),
        Value::Float(number) => Some(number.value().to_string()),
        Value::Boolean(truth) => Some(truth.value().to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::InlineTable(_) => None,
    }
}

/// The line at which a span begins, from 1 on.
fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    before.matches('\n').count() + 1
}
