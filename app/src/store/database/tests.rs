//! Tests: opening the history, and what keeps it from being opened.

use std::fs;
use std::thread;

use tempfile::TempDir;

use super::super::running::tests::entry;
use super::super::running::{Owner, tests as running};
use super::super::{Course, Selection, schema};
use super::*;

fn folder() -> (TempDir, DataDir) {
    let temp = tempfile::tempdir().unwrap();
    let folder = DataDir::new(Some(temp.path().join("skylift")));
    (temp, folder)
}

fn open(folder: &DataDir) -> Database {
    Database::open(folder).unwrap()
}

/// Puts something else where the database should be.
fn with_file(content: &[u8]) -> (TempDir, DataDir) {
    let (temp, folder) = folder();
    folder.create().unwrap();
    fs::write(folder.path().join(FILE), content).unwrap();
    (temp, folder)
}

fn raw(folder: &DataDir) -> Connection {
    folder.create().unwrap();
    Connection::open(folder.path().join(FILE)).unwrap()
}

#[test]
fn a_new_one_is_ready_for_several_processes() {
    let (_temp, folder) = folder();
    let database = open(&folder);
    let pragma = |name| {
        let value =
            database.connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
        format!("{:?}", value.unwrap())
    };
    assert_eq!(pragma("journal_mode"), "Text(\"wal\")");
    assert_eq!(pragma("foreign_keys"), "Integer(1)");
    assert_eq!(pragma("user_version"), format!("Integer({})", schema::latest()));
    drop(database);
    assert!(open(&folder).updates(&Selection::default()).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn only_the_user_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_temp, folder) = folder();
    let mut database = open(&folder);
    assert_eq!(mode(folder.path()), 0o700);
    running::record(&mut database, &Owner::new().unwrap(), &entry("sky-01"));
    for file in [FILE, "history.db-wal", "history.db-shm"] {
        assert_eq!(mode(&folder.path().join(file)), 0o600, "{file}");
    }
    drop(database);
    fs::set_permissions(folder.path().join(FILE), fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&folder));
    assert_eq!(mode(&folder.path().join(FILE)), 0o600);
}

#[test]
fn the_first_form_is_brought_up_to_date() {
    let (_temp, folder) = folder();
    let old = raw(&folder);
    old.execute_batch(schema::STEPS[0]).unwrap();
    old.execute_batch(&format!(
        "PRAGMA application_id = {}; PRAGMA user_version = 1;",
        schema::APPLICATION_ID
    ))
    .unwrap();
    old.execute_batch(
        "INSERT INTO devices VALUES ('sky-01', 'lamp', 'esp32c3', '1.0.0', '10.0.0.7:80', 0, 1000, 2000);
         INSERT INTO tags VALUES ('sky-01', 'kitchen');
         INSERT INTO updates (device, name, project, version, from_version, size, file_sha256, image_sha256,
             started, ended, verdict) VALUES ('sky-01', 'lamp', 'demo', '2', '1', 7, 'ab', 'cd', 1000, 3000, 'validated');
         INSERT INTO happenings VALUES (1, 0, 1000, 'preparing', NULL);",
    )
    .unwrap();
    drop(old);
    let database = open(&folder);
    let updates = database.updates(&Selection::default()).unwrap();
    assert_eq!((updates.len(), updates[0].timeline.len(), updates[0].log.as_ref()), (1, 1, None));
    assert_eq!((&updates[0].rollout, database.course(1).unwrap()), (&None, Course::default()));
    assert_eq!(database.devices().unwrap()[0].tags, ["kitchen"]);
    drop(database);
    let form: i64 = raw(&folder).pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(form, schema::latest());
}

/// The history of a Skylift before rollouts were kept.
fn third_form(folder: &DataDir) {
    let old = raw(folder);
    schema::STEPS[..3].iter().for_each(|step| old.execute_batch(step).unwrap());
    old.execute_batch(&format!(
        "PRAGMA application_id = {}; PRAGMA user_version = 3;
         INSERT INTO updates (device, name, project, version, from_version, size, file_sha256, image_sha256,
             started, ended, verdict, log) VALUES ('sky-01', 'lamp', 'demo', '2', '1', 7, 'ab', 'cd', 1000, 3000,
             'rolled_back', 'hello');
         INSERT INTO drills VALUES (1, 'crash', 'ef', 'proven', 3210);",
        schema::APPLICATION_ID
    ))
    .unwrap();
}

#[test]
fn the_form_before_rollouts_is_brought_up_to_date() {
    let (_temp, folder) = folder();
    third_form(&folder);
    let mut database = open(&folder);
    let updates = database.updates(&Selection::default()).unwrap();
    assert_eq!((updates.len(), &updates[0].rollout), (1, &None));
    assert!(updates[0].drill.is_some() && updates[0].log.is_some());
    let number = running::record(&mut database, &Owner::new().unwrap(), &entry("sky-02"));
    assert_eq!((number, database.course(number).unwrap()), (2, Course::default()));
}

#[test]
fn one_that_must_not_be_written_is_read_from_a_copy() {
    let (_temp, folder) = folder();
    third_form(&folder);
    let before = fs::read(folder.path().join(FILE)).unwrap();
    let copy = Database::copy_of(&folder).unwrap();
    assert_eq!(copy.updates(&Selection::default()).unwrap().len(), 1);
    assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), before);
    let place = copy.path().to_owned();
    assert!(place.exists());
    drop(copy);
    assert!(!place.exists());
}

#[cfg(unix)]
#[test]
fn a_folder_without_the_right_to_write_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_temp, folder) = folder();
    third_form(&folder);
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    allow(&folder.path().join(FILE), 0o400);
    allow(folder.path(), 0o500);
    let read = Database::open_to_read(&folder);
    allow(folder.path(), 0o700);
    assert_eq!(read.unwrap().updates(&Selection::default()).unwrap().len(), 1);
}

#[test]
fn what_is_no_database_is_left_alone() {
    for content in [&b"no"[..], &b"this is a text and no database\n".repeat(400)] {
        let (_temp, folder) = with_file(content);
        let error = Database::open(&folder).unwrap_err();
        assert!(matches!(error, StoreError::NotADatabase(_)), "{error:?}");
        assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), content);
    }
}

#[test]
fn other_databases_are_left_alone() {
    let (_temp, folder) = folder();
    raw(&folder).execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    assert!(matches!(Database::open(&folder).unwrap_err(), StoreError::Foreign(_)));
}

#[test]
fn a_later_form_is_left_alone() {
    let (_temp, folder) = folder();
    drop(open(&folder));
    raw(&folder).pragma_update(None, "user_version", 99).unwrap();
    let error = Database::open(&folder).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("later Skylift"), "{error}");
}

#[test]
fn places_where_nothing_can_be_kept_are_told() {
    let (temp, folder) = folder();
    fs::write(folder.path(), "a file").unwrap();
    assert!(matches!(Database::open(&folder).unwrap_err(), StoreError::Folder { .. }));
    let folder = DataDir::new(Some(temp.path().join("other")));
    fs::create_dir_all(folder.path().join(FILE)).unwrap();
    assert!(matches!(Database::open(&folder).unwrap_err(), StoreError::NotWritable { .. }));
}

#[test]
fn many_may_begin_it_at_the_same_moment() {
    for _ in 0..20 {
        let (_temp, folder) = folder();
        thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(|| open(&folder)))));
    }
}

#[test]
fn many_may_write_at_the_same_time() {
    let (_temp, folder) = folder();
    let one = |number: usize| {
        let mut database = open(&folder);
        let owner = Owner::new().unwrap();
        for _ in 0..20 {
            running::record(&mut database, &owner, &entry(&format!("sky-{number}")));
        }
    };
    thread::scope(|scope| (0..8).for_each(|number| drop(scope.spawn(move || one(number)))));
    let updates = open(&folder).updates(&Selection::default()).unwrap();
    assert_eq!(updates.len(), 160);
    assert_eq!(updates[0].number, 160);
}
