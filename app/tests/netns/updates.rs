//! Updates find the way from the device to the laptop, or push where there is none.

use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::network::{LAPTOP, Network, switch_on};
use crate::program::{Program, run, until};
use crate::space::permitted;

/// An address of the laptop's that leads nowhere.
const VPN: &str = "10.8.0.2";

struct Desk {
    network: Network,
    home: TempDir,
    image: String,
    _device: Program,
    id: String,
}

impl Desk {
    fn new() -> Self {
        let network = Network::new();
        let (device, id) = switch_on(&network.device);
        let home = tempfile::tempdir().unwrap();
        let image = home.path().join("ota.bin").display().to_string();
        let make = ["demo-image", "--version", "2.0.0", "--behaviour", "healthy", "--size", "100000", "-o"];
        assert!(run(&network.laptop, &home, &[&make[..], &[&image]].concat()).status.success());
        Self { network, home, image, _device: device, id }
    }

    fn skylift(&self, arguments: &[&str]) -> Output {
        run(&self.network.laptop, &self.home, arguments)
    }

    /// An update that must validate; what it told, in lines of JSON. On a busy machine a search may end before the
    /// device has answered: then it is searched for again.
    fn update(&self, options: &[&str]) -> Vec<Value> {
        let arguments = [&["update", &self.image, &self.id, "--json"], options].concat();
        let found = |output: &Output| !String::from_utf8_lossy(&output.stdout).contains("\"not_found\"");
        let output = (0..10).map(|_| self.skylift(&arguments)).find(found).unwrap();
        let lines: Vec<Value> = String::from_utf8(output.stdout.clone())
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.last().map(|last| &last["verdict"]), Some(&"validated".into()), "{output:?}");
        lines
    }

    /// Where that image was fetched.
    fn served_at(&self, options: &[&str]) -> String {
        let lines = self.update(options);
        let at = lines.iter().find_map(|line| line["served_at"].as_str());
        at.unwrap_or_else(|| panic!("not fetched: {lines:?}")).to_owned()
    }
}

#[test]
fn a_vpn_with_the_default_route_is_not_taken_for_the_way() {
    if !permitted(&[]) {
        return;
    }
    let desk = Desk::new();
    let _elsewhere = desk.network.interface("vpn0", VPN);
    desk.network.laptop.run("ip route add default via 10.8.0.254 dev vpn0");
    assert_eq!(desk.served_at(&[]), format!("{LAPTOP}:8000"));
}

#[test]
fn the_way_is_proven_where_the_route_names_another_address() {
    if !permitted(&["nft"]) {
        return;
    }
    let desk = Desk::new();
    let _elsewhere = desk.network.interface("vpn0", VPN);
    // The laptop speaks to the device as the VPN's address, at which nothing can be fetched.
    desk.network.laptop.run(&format!("ip route replace 10.77.1.0/24 dev lan0 src {VPN}"));
    desk.network.device.run(&format!("ip route add {VPN} via {LAPTOP}"));
    desk.network.laptop.drops(&format!("ip daddr {VPN} tcp dport 8000"));
    assert_eq!(desk.served_at(&[]), format!("{LAPTOP}:8000"));
}

#[test]
fn behind_a_firewall_the_image_is_pushed_and_that_is_said() {
    if !permitted(&["nft"]) {
        return;
    }
    let desk = Desk::new();
    desk.network.laptop.drops("tcp dport 8000");
    let lines = desk.update(&[]);
    let told: Vec<&Value> = lines.iter().filter(|line| !line["not_reached"].is_null()).collect();
    let [told] = told[..] else { panic!("{lines:?}") };
    assert_eq!(told["not_reached"], serde_json::json!([format!("{LAPTOP}:8000")]));
    assert!(told["why"].as_str().unwrap().contains("firewall"), "{told}");
    assert!(lines.iter().all(|line| line["served_at"].is_null()), "{lines:?}");
}

#[test]
fn the_users_address_counts_and_the_option_goes_before_the_setting() {
    if !permitted(&["nft"]) {
        return;
    }
    let desk = Desk::new();
    for address in ["10.77.1.8", "10.77.1.9"] {
        desk.network.laptop.run(&format!("ip address add {address}/24 dev lan0"));
    }
    let set = desk.skylift(&["settings", "set", "host-address", "10.77.1.8"]);
    assert!(set.status.success(), "{set:?}");
    assert_eq!(desk.served_at(&[]), "10.77.1.8:8000");
    back(&desk);
    // A port that is forwarded to the server's.
    desk.network.laptop.forwards(9000, 8000);
    assert_eq!(desk.served_at(&["--host-address", "10.77.1.9:9000"]), "10.77.1.9:9000");
    back(&desk);
    // An address that no device reaches is the user's word as well, and is told.
    let pushed = desk.update(&["--host-address", "10.99.0.1"]);
    let told = pushed.iter().find(|line| !line["not_reached"].is_null()).unwrap();
    assert_eq!(told["not_reached"], serde_json::json!(["10.99.0.1:8000"]));
}

/// Returns to the image before, so that it can be updated again.
fn back(desk: &Desk) {
    let output = desk.skylift(&["rollback", &desk.id]);
    assert!(output.status.success(), "{output:?}");
    until("the image before runs", || {
        let status = desk.skylift(&["status", &desk.id, "--json"]);
        let status: Value = serde_json::from_slice(&status.stdout).ok()?;
        (status["running"]["version"] == "1.0.0").then_some(())
    });
}
