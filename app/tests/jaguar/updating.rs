//! `skylift update IMAGE DEVICE` of Jaguar devices: exit codes, words, JSON, and what the history keeps.

use serde_json::Value;

use crate::jaguar::{Identity, Next, image_without_jaguar};
use crate::laptop::{Laptop, at};
use crate::toit::body::Chip;

#[test]
fn validated_is_said_to_be_inferred() {
    let laptop = Laptop::new();
    let device = laptop.device("otter");
    let old = device.identity();
    laptop.prints(&["status", "otter"], 0);
    laptop.prints(&["tag", "otter", "desk"], 0);
    let new = Identity::fresh("otter");
    let image = laptop.image_for(&new);
    let lines = laptop.json(&["update", &image, "otter", "--json"], 0);
    let all_of_it = lines.iter().all(|line| line["device"] == old.plain());
    assert!(all_of_it, "{lines:#?}");
    let last = lines.last().unwrap();
    assert_eq!((&last["verdict"], &last["reason"]), (&"validated".into(), &"new_id".into()));
    assert_eq!((&last["inferred"], &last["became"]), (&true.into(), &new.plain().into()));

    // One device: under its new id, with its tag and with its history.
    let rows = laptop.json(&["devices", "--all", "--json"], 0);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!((&rows[0]["id"], &rows[0]["tags"][0]), (&new.plain().into(), &"desk".into()));
    let kept = laptop.json(&["history", &new.plain(), "--json"], 0);
    assert_eq!((kept.len(), &kept[0]["inferred"]), (1, &Value::Bool(true)));
    let table = laptop.prints(&["history"], 0);
    assert!(table.contains("validated, inferred (new_id)"), "{table}");
}

#[test]
fn it_is_said_in_words_too() {
    let laptop = Laptop::new();
    let device = laptop.device("otter");
    let new = Identity::fresh("otter");
    let image = laptop.image_for(&new);
    let text = laptop.prints(&["update", &image, &at(device.address())], 0);
    for words in [
        "note: Jaguar's protocol has no authentication: anyone on the network can update otter",
        "otter: downloading",
        "otter: rebooting",
        "otter: validated, inferred: the device came back with the id that only the new image gives it",
        &format!("from now on it is {}", new.plain()),
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn rolled_back_and_lost_have_their_exit_codes() {
    let laptop = Laptop::new();
    let device = laptop.device("otter");
    let image = laptop.image_for(&Identity::fresh("otter"));
    device.set_next(Next::RollsBack);
    let text = laptop.prints(&["update", &image, "otter"], 3);
    assert!(text.contains("otter: rolled back, inferred (old_id)"), "{text}");
    device.set_next(Next::Lost);
    let last = laptop.json(&["update", &image, "otter", "--json", "--patience", "2"], 5).pop().unwrap();
    assert_eq!((&last["verdict"], &last["inferred"]), (&"lost".into(), &false.into()));
}

#[test]
fn an_image_without_jaguar_needs_a_word() {
    let laptop = Laptop::new();
    let device = laptop.device("otter");
    let image = laptop.write("plain.bin", image_without_jaguar(Chip::Esp32));
    let refused = laptop.run(&["update", &image, "otter"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let advice = String::from_utf8(refused.stderr).unwrap();
    assert!(advice.contains("--without-jaguar"), "{advice}");
    assert!(device.seen().images.is_empty());
    let text = laptop.prints(&["update", &image, "otter", "--without-jaguar"], 0);
    assert!(text.contains("otter: sent:"), "{text}");
    assert_eq!(device.seen().images.len(), 1);
}

#[test]
fn an_image_is_sent_as_it_is() {
    let laptop = Laptop::new();
    let device = laptop.device("otter");
    let image = laptop.image_for(&Identity::fresh("otter"));
    for (option, refusal) in [
        (&["--wifi", "den", "--open"][..], "no network is put into it"),
        (&["--without", "jaguar"], "nothing is left out of it"),
    ] {
        let output = laptop.run(&[&["update", &image, "otter"], option].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(refusal), "{told}");
    }
    assert!(device.seen().images.is_empty());
}

#[test]
fn newest_is_nothing_for_them() {
    let laptop = Laptop::new();
    let device = laptop.device("otter");
    let text = laptop.prints(&["update", "newest", "otter"], 0);
    assert!(text.contains("otter: skipped: Jaguar does not tell"), "{text}");
    assert!(device.seen().images.is_empty());
}
