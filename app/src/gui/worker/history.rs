//! The history: past updates, tags, and files made of them.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Outbox, Worker};
use crate::gui::event::Event;
use crate::gui::file_dialogs::{Answered, Asked};
use crate::gui::history::Format;
use crate::gui::messages::Message;
use crate::gui::{devices, history};
use crate::store::{DataDir, Database, Exported, PastUpdate, Selection, StoreError, write_bundle, write_csv};

/// Updates whose process gave no sign for so long are taken for abandoned.
const STALE_AFTER: Duration = Duration::from_secs(15);
/// More past updates are not shown at once.
const MOST: u32 = 2000;

/// The history of a data folder; what nobody keeps alive is closed in it first.
pub(super) fn open(data: &DataDir) -> Result<Database, StoreError> {
    let mut database = Database::open(data)?;
    database.close_abandoned(STALE_AFTER)?;
    Ok(database)
}

/// The same to be read only, also where it must not be written.
fn open_to_read(data: &DataDir) -> Result<Database, StoreError> {
    open(data).or_else(|error| match error {
        StoreError::NotWritable { .. } => Database::open_to_read(data),
        error => Err(error),
    })
}

/// Where to write something: nowhere if the user has closed the dialog; if there is none, where the user finds it.
fn place(answered: Answered, data: &DataDir, name: &str) -> Option<PathBuf> {
    match answered {
        Answered::Chosen(path) => Some(path),
        Answered::Closed => None,
        Answered::NoDialog => Some(data.path().join(name)),
    }
}

impl Worker {
    /// Lists past updates.
    pub(super) fn load_history(&self) {
        self.reading_history("The history cannot be read", |database, outbox| {
            let selection = Selection { latest: Some(MOST), ..Selection::default() };
            let updates = database.updates(&selection)?.into_iter().map(Arc::new).collect();
            outbox.send(Event::History(history::Event::Updates(updates)));
            let certificates = database.certificates(Some(MOST))?.into_iter().map(Arc::new).collect();
            outbox.send(Event::History(history::Event::Certificates(certificates)));
            Ok(())
        });
    }

    /// Reads the course of an update.
    pub(super) fn load_course(&self, number: i64) {
        self.reading_history("The course of the update cannot be read", move |database, outbox| {
            let course = Arc::new(database.course(number)?);
            outbox.send(Event::History(history::Event::Course(number, course)));
            Ok(())
        });
    }

    /// Lists the tags of devices.
    pub(super) fn load_tags(&self) {
        self.reading_history("The tags cannot be read", tags);
    }

    /// Gives a device a tag, or takes it.
    pub(super) fn tag(&self, device: String, tag: String, on: bool) {
        self.with_history("The tag was not changed", move |database, outbox| {
            let tags_of_it = [tag];
            if on {
                database.tag(&device, &tags_of_it)?
            } else {
                database.untag(&device, &tags_of_it)?
            };
            tags(database, outbox)
        });
    }

    /// Asks where to, and writes the whole history there.
    pub(super) fn export_history(&self, format: Format) {
        let (data, outbox, dialogs) = (self.data.clone(), self.outbox.clone(), Arc::clone(&self.dialogs));
        self.runtime.spawn(async move {
            let name = match format {
                Format::Csv => "skylift-history.csv",
                Format::Json => "skylift-history.jsonl",
            };
            let asked = Asked::Save { title: "Export the history", name: name.to_owned() };
            let Some(path) = place(dialogs.ask(asked).await, &data, name) else { return };
            let to = path.clone();
            let written = tokio::task::spawn_blocking(move || export(&data, format, &to));
            tell(&outbox, &path, written.await, "The history");
        });
    }

    /// Asks where to, and writes everything about one update there.
    pub(super) fn write_report(&self, number: i64) {
        let (data, outbox, dialogs) = (self.data.clone(), self.outbox.clone(), Arc::clone(&self.dialogs));
        self.runtime.spawn(async move {
            let name = format!("skylift-update-{number}.zip");
            let asked = Asked::Save { title: "Save a report", name: name.clone() };
            let Some(path) = place(dialogs.ask(asked).await, &data, &name) else { return };
            let to = path.clone();
            let written = tokio::task::spawn_blocking(move || -> Result<(), String> {
                let database = open_to_read(&data).map_err(|error| error.to_string())?;
                let update: PastUpdate = database
                    .update(number)
                    .map_err(|error| error.to_string())?
                    .ok_or_else(|| "the update is not in the history any more".to_owned())?;
                let course = database.course(number).map_err(|error| error.to_string())?;
                write_bundle(&update, &course, &to).map_err(|error| error.to_string())
            });
            tell(&outbox, &path, written.await, "The report");
        });
    }

    /// Reads the history, on a thread where that may take its time; tells the user if it cannot be done.
    pub(super) fn reading_history(
        &self,
        title: &'static str,
        work: impl FnOnce(&Database, &Outbox) -> Result<(), StoreError> + Send + 'static,
    ) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let done = open_to_read(&data).and_then(|database| work(&database, &outbox));
            if let Err(error) = done {
                outbox.failed(title, &error);
            }
        });
    }

    /// Works with the history, on a thread where that may take its time; tells the user if it cannot be done.
    pub(super) fn with_history(
        &self,
        title: &'static str,
        work: impl FnOnce(&mut Database, &Outbox) -> Result<(), StoreError> + Send + 'static,
    ) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let done = open(&data).and_then(|mut database| work(&mut database, &outbox));
            if let Err(error) = done {
                outbox.failed(title, &error);
            }
        });
    }
}

fn export(data: &DataDir, format: Format, to: &std::path::Path) -> Result<(), String> {
    let database = open_to_read(data).map_err(|error| error.to_string())?;
    let updates = database.updates(&Selection::default()).map_err(|error| error.to_string())?;
    let file = std::fs::File::create(to).map_err(|error| format!("{}: {error}", to.display()))?;
    let zone = TimeZone::system();
    match format {
        Format::Csv => write_csv(&updates, &zone, file).map_err(|error| error.to_string()),
        Format::Json => {
            let mut file = std::io::BufWriter::new(file);
            let mut write = |update| -> std::io::Result<()> {
                serde_json::to_writer(&mut file, &Exported::new(update, &zone))?;
                file.write_all(b"\n")
            };
            let written = updates.iter().try_for_each(&mut write).and_then(|()| file.flush());
            written.map_err(|error| format!("{}: {error}", to.display()))
        }
    }
}

fn tags(database: &Database, outbox: &Outbox) -> Result<(), StoreError> {
    let tags = database.devices()?.into_iter().map(|device| (device.id, device.tags)).collect();
    outbox.send(Event::Devices(devices::Event::Tags(tags)));
    Ok(())
}

fn tell(
    outbox: &Outbox,
    path: &std::path::Path,
    written: Result<Result<(), String>, tokio::task::JoinError>,
    what: &str,
) {
    match written {
        Ok(Ok(())) => outbox.tell(Message::note(format!("{what} is saved"), path.display().to_string())),
        Ok(Err(error)) => outbox.tell(Message::failed(format!("{what} was not saved"), error)),
        // A panic in there has been reported.
        Err(_) => {}
    }
}
