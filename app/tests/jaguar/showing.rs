//! `skylift devices` and `skylift status` of Jaguar devices.

use serde_json::json;

use crate::laptop::{Laptop, at};

const WARNING: &str = "Jaguar's protocol has no authentication: anyone on the network can update";

#[test]
fn the_list_has_it_and_warns() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let text = laptop.prints(&["devices"], 0);
    let row = text.lines().find(|line| line.contains("happy-otter")).unwrap();
    let identity = device.identity();
    for cell in [identity.plain(), format!("Jaguar {}", identity.sdk_version), at(device.address())] {
        assert!(row.contains(&cell), "{cell}: {row}");
    }
    assert!(text.contains(&format!("{WARNING} happy-otter")), "{text}");

    let row = &laptop.json(&["devices", "--json"], 0)[0];
    assert_eq!((&row["family"], &row["access"]), (&"jaguar".into(), &"open".into()));
    assert_eq!(
        row["jaguar"],
        json!({
            "uuid": identity.dashed(), "sdk_version": identity.sdk_version, "chip": "esp32", "word_size": 4,
            "proxied": false, "authentication": false
        })
    );
}

#[test]
fn its_status_is_what_it_tells() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    for called in [at(device.address()), "happy-otter".to_owned(), device.identity().plain()] {
        let text = laptop.prints(&["status", &called], 0);
        assert!(text.contains(&device.identity().dashed()) && text.contains(WARNING), "{text}");
        assert!(text.contains(&device.identity().sdk_version) && text.contains("32 bits"), "{text}");
    }
    let status = &laptop.json(&["status", "happy-otter", "--json"], 0)[0];
    assert_eq!((&status["family"], &status["jaguar"]["authentication"]), (&"jaguar".into(), &false.into()));
}

#[test]
fn other_orders_are_refused_with_a_sentence() {
    let laptop = Laptop::new();
    let _device = laptop.device("happy-otter");
    for order in
        [&["rollback", "happy-otter"][..], &["rename", "happy-otter", "lamp"], &["log", "happy-otter"]]
    {
        let output = laptop.run(order);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && told.contains("happy-otter is a Jaguar device"),
            "{order:?}: {told}"
        );
    }
}

#[test]
fn it_is_remembered_when_it_has_gone() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    laptop.prints(&["status", "happy-otter"], 0);
    laptop.prints(&["tag", "happy-otter", "desk"], 0);
    device.switch_off();
    let text = laptop.prints(&["devices", "--all"], 0);
    let row = text.lines().find(|line| line.contains("happy-otter")).unwrap();
    assert!(row.contains("Jaguar v2") && row.contains("seen") && row.contains("desk"), "{row}");
    assert_eq!(laptop.json(&["devices", "--all", "--json"], 0)[0]["family"], "jaguar");
}
