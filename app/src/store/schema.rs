//! The tables of the history, and how older ones are brought up to date.
//!
//! Times are milliseconds since 1970 in UTC. A step that has been released is never changed: a change is a new step.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Marks the file as ours ("SKYL"), in SQLite's header.
pub(super) const APPLICATION_ID: i64 = 0x534B_594C;

/// Step n leads from form n to form n + 1; the form is SQLite's `user_version`.
pub(super) const STEPS: &[&str] = &[FORM_1, FORM_2, FORM_3, FORM_4, FORM_5, FORM_6, FORM_7];

const FORM_1: &str = "
CREATE TABLE devices (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    chip        TEXT NOT NULL,
    version     TEXT NOT NULL,
    address     TEXT NOT NULL,
    by_address  INTEGER NOT NULL,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL
) STRICT;

CREATE TABLE tags (
    device  TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    tag     TEXT NOT NULL,
    PRIMARY KEY (device, tag)
) STRICT, WITHOUT ROWID;

-- Processes that have updates in progress.
CREATE TABLE owners (
    token      TEXT PRIMARY KEY,
    pid        INTEGER NOT NULL,
    heartbeat  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Not bound to `devices`: what happened stays true of a device that is forgotten.
CREATE TABLE updates (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    device        TEXT NOT NULL,
    name          TEXT NOT NULL,
    project       TEXT NOT NULL,
    version       TEXT NOT NULL,
    from_version  TEXT NOT NULL,
    size          INTEGER NOT NULL,
    file_sha256   TEXT NOT NULL,
    image_sha256  TEXT NOT NULL,
    started       INTEGER NOT NULL,
    ended         INTEGER,
    bytes         INTEGER NOT NULL DEFAULT 0,
    rate          REAL,
    resumed_from  INTEGER,
    served_at     TEXT,
    verdict       TEXT,
    reason        TEXT,
    detail        TEXT,
    owner         TEXT REFERENCES owners (token),
    CHECK ((verdict IS NULL) = (ended IS NULL)),
    CHECK ((verdict IS NULL) = (owner IS NOT NULL))
) STRICT;
CREATE INDEX updates_by_device ON updates (device, number);

CREATE TABLE happenings (
    number    INTEGER NOT NULL REFERENCES updates (number) ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    phase     TEXT,
    note      TEXT,
    PRIMARY KEY (number, position),
    CHECK ((phase IS NULL) = (note IS NOT NULL))
) STRICT, WITHOUT ROWID;
";

const FORM_2: &str = "
-- The tail of the device's log, as it was when the update had ended.
ALTER TABLE updates ADD COLUMN log TEXT;
";

const FORM_3: &str = "
-- Updates to a build that must fail. The result comes with the verdict; recovery is in milliseconds.
CREATE TABLE drills (
    number        INTEGER PRIMARY KEY REFERENCES updates (number) ON DELETE CASCADE,
    method        TEXT NOT NULL,
    image_before  TEXT NOT NULL,
    result        TEXT,
    recovery      INTEGER
) STRICT;

-- Proofs that an update survives power cuts. The seed is text because SQLite's integers have a sign; took is in
-- milliseconds.
CREATE TABLE certificates (
    number            INTEGER PRIMARY KEY AUTOINCREMENT,
    at                INTEGER NOT NULL,
    took              INTEGER NOT NULL,
    skylift           TEXT NOT NULL,
    chip              TEXT NOT NULL,
    bootloader        TEXT NOT NULL,
    table_sha256      TEXT NOT NULL,
    seed              TEXT NOT NULL,
    points            INTEGER NOT NULL,
    survived          INTEGER NOT NULL,
    findings          TEXT NOT NULL,
    old_project       TEXT NOT NULL,
    old_version       TEXT NOT NULL,
    old_size          INTEGER NOT NULL,
    old_file_sha256   TEXT NOT NULL,
    old_image_sha256  TEXT NOT NULL,
    new_project       TEXT NOT NULL,
    new_version       TEXT NOT NULL,
    new_size          INTEGER NOT NULL,
    new_file_sha256   TEXT NOT NULL,
    new_image_sha256  TEXT NOT NULL
) STRICT;
CREATE INDEX certificates_by_pair ON certificates (old_file_sha256, new_file_sha256);
";

const FORM_4: &str = "
-- One image for several devices: who went first, how many at a time, and when it stopped.
CREATE TABLE rollouts (
    id          TEXT PRIMARY KEY,
    started     INTEGER NOT NULL,
    devices     INTEGER NOT NULL,
    canaries    INTEGER NOT NULL,
    parallel    INTEGER NOT NULL,
    stop_after  INTEGER
) STRICT, WITHOUT ROWID;
ALTER TABLE updates ADD COLUMN rollout TEXT REFERENCES rollouts (id);
CREATE INDEX updates_by_rollout ON updates (rollout);

-- Figures taken while an update ran, at milliseconds since its begin.
CREATE TABLE samples (
    number   INTEGER NOT NULL REFERENCES updates (number) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    served   INTEGER,
    written  INTEGER,
    rssi     INTEGER,
    PRIMARY KEY (number, at)
) STRICT, WITHOUT ROWID;

-- What the device said it ran, from its first answer of a boot to its last, in milliseconds since the begin.
CREATE TABLE boots (
    number      INTEGER NOT NULL REFERENCES updates (number) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    since       INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    reset       TEXT NOT NULL,
    version     TEXT NOT NULL,
    state       TEXT NOT NULL,
    protection  TEXT NOT NULL,
    PRIMARY KEY (number, position)
) STRICT, WITHOUT ROWID;
";

const FORM_5: &str = "
-- Where an image crashed that was rolled back, as the device told: a JSON object with a digest and addresses.
ALTER TABLE updates ADD COLUMN crash TEXT;
";

const FORM_6: &str = "
-- What a device speaks: 'skylift' or 'jaguar'. Of one with Jaguar, the version is that of its SDK.
ALTER TABLE devices ADD COLUMN family TEXT NOT NULL DEFAULT 'skylift';
";

const FORM_7: &str = "
-- How the image was sent, the bytes that left this computer for it, and those that the image has in the same share.
ALTER TABLE updates ADD COLUMN encoding TEXT;
ALTER TABLE updates ADD COLUMN air_bytes INTEGER;
ALTER TABLE updates ADD COLUMN air_raw INTEGER;
-- How fast the device was: bytes a second over the air and of its flash, and milliseconds of its restart.
ALTER TABLE updates ADD COLUMN link REAL;
ALTER TABLE updates ADD COLUMN flash REAL;
ALTER TABLE updates ADD COLUMN restart INTEGER;
";

/// What keeps a database from being used.
pub(super) enum Unfit {
    Foreign,
    Newer(i64),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The latest form.
pub(super) fn latest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the tables up to date. Of several processes at once, one does it and the others wait.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Unfit> {
    if mark_and_form(connection)? == (APPLICATION_ID, latest()) {
        return Ok(());
    }
    // What is judged from here on, nobody changes meanwhile.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = form(&transaction)?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", latest())?;
    transaction.commit()?;
    Ok(())
}

/// The form of the tables: 0 in a file that is empty still.
fn form(transaction: &Transaction<'_>) -> Result<i64, Unfit> {
    let (mark, form) = mark_and_form(transaction)?;
    if mark != APPLICATION_ID {
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let is_empty = mark == 0 && form == 0 && tables == 0;
        return if is_empty { Ok(0) } else { Err(Unfit::Foreign) };
    }
    if form < 0 || form > latest() { Err(Unfit::Newer(form)) } else { Ok(form) }
}

fn mark_and_form(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((pragma("application_id")?, pragma("user_version")?))
}
