//! Devices are found, and stay found, whatever happens to the laptop's interfaces.

use serde_json::Value;

use crate::network::{DEVICE, Network, switch_on, wire};
use crate::program::Program;
use crate::space::{Space, permitted};

fn watch(network: &Network) -> Program {
    Program::start(&network.laptop, &["devices", "--watch", "--json"])
}

fn words(lines: &[String], field: &str) -> Vec<String> {
    let word = |line: &String| {
        serde_json::from_str::<Value>(line).unwrap()[field].as_str().unwrap_or_default().to_owned()
    };
    lines.iter().map(word).collect()
}

#[test]
fn interfaces_that_come_and_go_beside_it_do_not_touch_a_device() {
    if !permitted(&[]) {
        return;
    }
    let network = Network::new();
    let (device, id) = switch_on(&network.device);
    let mut watch = watch(&network);
    let found = watch.presence(&id, "online");
    assert!(found["address"].as_str().unwrap().starts_with(DEVICE), "{found}");

    let docker = network.interface("docker0", "172.17.0.1");
    let vpn = network.interface("vpn0", "10.8.0.2");
    network.await_mdns_on("docker0");
    network.await_mdns_on("vpn0");
    drop((docker, vpn));
    // Whoever notices a new one has noticed that the others have gone.
    let _vpn = network.interface("vpn1", "10.9.0.2");
    network.await_mdns_on("vpn1");

    let presences = words(watch.seen(), "presence");
    assert!(presences.iter().all(|presence| presence != "offline"), "{presences:?}");
    // The watch has been awake all the time: it notices when the device really goes.
    drop(device);
    watch.presence(&id, "offline");
}

#[test]
fn a_device_comes_back_with_the_interface_that_leads_to_it() {
    if !permitted(&[]) {
        return;
    }
    let network = Network::new();
    let (_device, id) = switch_on(&network.device);
    let mut watch = watch(&network);
    watch.presence(&id, "online");
    network.laptop.run("ip link set lan0 down");
    watch.presence(&id, "offline");
    network.laptop.run("ip link set lan0 up");
    let back = watch.presence(&id, "online");
    assert!(back["address"].as_str().unwrap().starts_with(DEVICE), "{back}");
}

#[test]
fn an_interface_that_comes_later_leads_to_its_devices() {
    if !permitted(&[]) {
        return;
    }
    let network = Network::new();
    let (_first, first) = switch_on(&network.device);
    let mut watch = watch(&network);
    watch.presence(&first, "online");

    let other = Space::new();
    wire(&network.laptop, "usb0", "10.77.2.1/24", &other, "10.77.2.2/24");
    let (_second, second) = switch_on(&other);
    let found = watch.presence(&second, "online");
    assert!(found["address"].as_str().unwrap().starts_with("10.77.2.2:"), "{found}");
}

#[test]
fn the_first_interface_may_come_after_the_start() {
    if !permitted(&[]) {
        return;
    }
    let (laptop, device) = (Space::new(), Space::new());
    let mut watch = Program::start(&laptop, &["devices", "--watch", "--json"]);
    wire(&laptop, "wlan0", "10.77.3.1/24", &device, "10.77.3.2/24");
    let (_device, id) = switch_on(&device);
    watch.presence(&id, "online");
}

#[test]
fn of_two_ways_to_a_device_the_other_is_taken() {
    if !permitted(&[]) {
        return;
    }
    let network = Network::new();
    wire(&network.laptop, "wlan0", "10.77.4.1/24", &network.device, "10.77.4.2/24");
    let (_device, id) = switch_on(&network.device);
    let mut watch = watch(&network);
    let found = watch.presence(&id, "online");
    let found = found["address"].as_str().unwrap();
    let (way, other) =
        if found.starts_with(DEVICE) { ("lan0", "10.77.4.2:") } else { ("wlan0", "10.77.1.2:") };
    network.laptop.run(&format!("ip link set {way} down"));
    watch.line(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["presence"] == "online" && line["address"].as_str().unwrap().starts_with(other)
    });
}
