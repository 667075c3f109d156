//! `skylift keys` and `skylift simulate`, as a user runs them.

use std::process::Output;

use serde_json::Value;

use crate::home::*;
use crate::program::*;

async fn at(home: &Home, arguments: &[&str]) -> Output {
    run(&[arguments, &["--data-dir", &home.data()][..]].concat()).await
}

fn passphrase(home: &Home, text: &str) -> String {
    let file = home.path(&format!("{text}.txt"));
    std::fs::write(&file, format!("{text}\n")).unwrap();
    file.display().to_string()
}

#[track_caller]
pub fn says(output: &Output, words: &[&str]) {
    let all = format!("{}{}", text(&output.stdout), text(&output.stderr));
    for word in words {
        assert!(all.contains(word), "no {word:?} in {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_from_one_computer_to_another() {
    let (owner, other) = (Home::new(), Home::new());
    let device = owner.device_that_listens().await;
    let address = device.address().to_string();
    let listed = at(&owner, &["keys"]).await;
    expect_exit(&listed, 0);
    says(&listed, &["DEVICE", "KEY ID", device.id(), key_of(&owner, &device).id().as_str()]);
    says(&at(&other, &["keys"]).await, &["This computer has no keys of devices."]);

    let file = owner.path("keys.age").display().to_string();
    let right = passphrase(&owner, "correct horse");
    says(&at(&owner, &["keys", "export", &file]).await, &["nobody can be asked", "--passphrase-file FILE"]);
    let short = passphrase(&owner, "short");
    let short = at(&owner, &["keys", "export", &file, "--passphrase-file", &short]).await;
    expect_exit(&short, 1);
    says(&short, &["too short: 8 characters are the least"]);
    let exported = at(&owner, &["keys", "export", &file, "--passphrase-file", &right]).await;
    expect_exit(&exported, 0);
    says(&exported, &["the keys of one device"]);

    // Without the key it is shown, and takes no order.
    let status = at(&other, &["status", &address]).await;
    expect_exit(&status, 0);
    says(&status, &[device.id(), "Paired with another computer", "skylift keys import FILE"]);
    let status = at(&other, &["status", &address, "--json"]).await;
    assert_eq!(json_lines(&status)[0]["access"], "paired_elsewhere");
    let files = Files::new();
    let image = files.path("ota.bin");
    let refused = at(&other, &["update", &image, &address]).await;
    expect_exit(&refused, 4);
    says(&refused, &["paired with another computer", "skylift keys import"]);
    let refused = at(&other, &["rename", &address, "mine"]).await;
    expect_exit(&refused, 1);
    says(&refused, &["is paired with another computer", "by cable"]);

    let wrong = passphrase(&other, "wrong horse");
    let wrong = at(&other, &["keys", "import", &file, "--passphrase-file", &wrong]).await;
    expect_exit(&wrong, 1);
    says(&wrong, &["the passphrase does not open"]);
    let import = ["keys", "import", &file, "--passphrase-file", &right, "--json"];
    let imported = at(&other, &import).await;
    expect_exit(&imported, 0);
    assert_eq!(json_lines(&imported)[0]["key"], "new");
    assert_eq!(json_lines(&at(&other, &import).await)[0]["key"], "same");
    let updated = at(&other, &["update", &image, &address]).await;
    expect_exit(&updated, 0);
    assert_eq!(json_lines(&at(&other, &["status", &address, "--json"]).await)[0]["access"], "paired");

    // Another key is not lost by an import, unless that is wanted.
    let third = Home::new();
    third.keys().put(&id(&device), &skylift::store::KeyStore::random().unwrap(), false).unwrap();
    let differs = at(&third, &import[..5]).await;
    expect_exit(&differs, 1);
    says(&differs, &["another key is here, and stays", "one key was not taken over", "--replace"]);
    expect_exit(&at(&third, &[&import[..5], &["--replace"]].concat()).await, 0);
    assert_eq!(key_of(&third, &device), key_of(&owner, &device));

    says(&at(&other, &["keys", "forget", device.id()]).await, &["--yes forgets it without asking"]);
    expect_exit(&at(&other, &["keys", "forget", device.id(), "--yes"]).await, 0);
    assert_eq!(other.keys().list().unwrap().len(), 0);
    let none = at(&other, &["keys", "forget", device.id(), "--yes"]).await;
    expect_exit(&none, 1);
    says(&none, &["this computer has no key of"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_over_paired_devices() {
    let home = Home::new();
    let devices = [home.device_that_listens().await, home.device_that_listens().await];
    let files = Files::new();
    let [first, second] = [devices[0].address().to_string(), devices[1].address().to_string()];
    let updated = at(&home, &["update", &files.path("ota.bin"), &first, &second, "--json"]).await;
    expect_exit(&updated, 0);
    let ends = text(&updated.stdout).matches(r#""validated""#).count();
    assert!(ends >= 2, "{}", text(&updated.stdout));
}

async fn access(home: &Home, address: &str) -> Value {
    json_lines(&at(home, &["status", address, "--json"]).await)[0]["access"].clone()
}

/// Starts simulated devices; gives the id and the address of the first.
async fn simulate(home: &Home, arguments: &[&str]) -> (Running, String, String) {
    let data = home.data();
    let fixed = ["simulate", "--mdns", "off", "--data-dir", &data];
    let mut running = Running::start(&[&fixed[..], arguments].concat());
    running.line_with("ADDRESS").await;
    let row = running.line_with("sim-").await;
    let (id, address) = row.split_once(' ').expect("two columns");
    (running, id.to_owned(), address.trim().to_owned())
}

async fn interrupted(running: Running) {
    running.interrupt().await;
    assert_eq!(running.exit().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_devices_are_paired_with_the_folder_they_are_started_from() {
    let (home, other) = (Home::new(), Home::new());
    let (running, _, address) = simulate(&home, &[]).await;
    assert_eq!(access(&home, &address).await, "paired");
    assert_eq!(access(&other, &address).await, "paired_elsewhere");
    interrupted(running).await;
    assert_eq!(home.keys().list().unwrap().len(), 0, "its flash is gone, and so is its key");

    let flash = home.path("flash").display().to_string();
    let (running, id, address) = simulate(&home, &["--flash", &flash]).await;
    assert_eq!(access(&home, &address).await, "paired");
    interrupted(running).await;
    let kept = home.keys().list().unwrap()[0].1.as_ref().unwrap().key_id;
    // A flash that has a key keeps it, and brings it along.
    let (running, again, address) = simulate(&other, &["--flash", &flash, "--open"]).await;
    assert_eq!(again, id);
    assert_eq!(access(&home, &address).await, "paired");
    assert_eq!(access(&other, &address).await, "paired");
    assert_eq!(other.keys().list().unwrap()[0].1.as_ref().unwrap().key_id, kept);
    interrupted(running).await;

    let (running, _, address) = simulate(&home, &["--open"]).await;
    assert_eq!(access(&other, &address).await, "open");
    interrupted(running).await;
}
