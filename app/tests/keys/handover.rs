//! `skylift update --trust`, as a user runs it: a device is handed other signers, by whatever they are called.

use std::process::Output;

use skylift::image::sign::Keyring;
use skylift::store::DataDir;
use skylift_protocol::Digest;
use skylift_simulator::Device;

use crate::commands::says;
use crate::home::*;
use crate::program::*;
use crate::support::{demo, soon};

/// A computer with two signers, and a device that trusts the first of them.
struct Scene {
    home: Home,
    device: Device,
    old: Digest,
    new: Digest,
}

impl Scene {
    async fn new() -> Self {
        let home = Home::new();
        let keyring = Keyring::new(&DataDir::new(Some(home.data().into())));
        let signer = |name: &str| keyring.create(&name.parse().unwrap()).unwrap().digest;
        let (old, new) = (signer("bench"), signer("release"));
        let device = home.device_with(|config| {
            let factory = config.flash.factory().expect("one that is flashed");
            factory.provisioning.trust = skylift_protocol::Trust::in_signers([old].into_iter().collect());
        });
        until_it_listens(&device).await;
        Self { home, device, old, new }
    }

    fn image(&self, version: &str) -> String {
        let path = self.home.path(version);
        std::fs::write(&path, demo(version).build().unwrap()).unwrap();
        path.display().to_string()
    }

    async fn update(&self, version: &str, signer: &str, arguments: &[&str]) -> Output {
        let (image, address) = (self.image(version), self.device.address().to_string());
        self.remembering(&[&["update", &image, &address, "--sign", signer][..], arguments].concat()).await
    }

    /// Runs the program with a history.
    async fn remembering(&self, arguments: &[&str]) -> Output {
        let data = self.home.data();
        let mut command = skylift(&[arguments, &["--data-dir", &data][..]].concat());
        soon(command.env_remove("SKYLIFT_NO_HISTORY").output()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signers_go_by_name_by_file_and_by_digest() {
    let scene = Scene::new().await;
    let file = scene.home.path("data/signers/bench.pem").display().to_string();
    let (old, new) = (scene.old.to_string(), scene.new.to_string());
    let both = scene.update("2.0.0", "bench", &["--trust", &format!("release,{file}")]).await;
    expect_exit(&both, 0);
    let (short_old, short_new) = (&old[..12], &new[..12]);
    says(
        &both,
        &[
            &format!("only images of release ({short_new}) or bench ({short_old}) are taken"),
            &format!("takes images of {short_new} or {short_old} from now on, and of nobody else"),
            "validated: it runs 2.0.0",
        ],
    );
    let one = scene.update("3.0.0", "bench", &["--trust", &new, "--json"]).await;
    expect_exit(&one, 0);
    let lines = json_lines(&one);
    let told = lines.iter().find(|line| line["trusts"].is_array()).unwrap();
    assert_eq!(told["trusts"], serde_json::json!([new]));
    let refused = scene.update("4.0.0", "bench", &[]).await;
    expect_exit(&refused, 4);
    says(&refused, &["signer_unknown"]);
    expect_exit(&scene.update("4.0.0", "release", &[]).await, 0);
    // It is in the history.
    says(
        &scene.remembering(&["history", "show", "2"]).await,
        &[&format!("takes images of {short_new} from now on")],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_does_not_lock_the_device_to_nobody() {
    let scene = Scene::new().await;
    let wrong = "ab".repeat(32);
    let asked = scene.update("2.0.0", "bench", &["--trust", &wrong]).await;
    expect_exit(&asked, 1);
    says(&asked, &["whose key is not on this computer", "--allow-foreign-signers"]);
    for (trust, words) in [
        ("nobody", "`nobody` is no signer of this computer, no file with a key, and no digest"),
        ("bench,bench", "is named twice"),
        ("bench,release,aaaa,", "a value is required"),
    ] {
        let refused = scene.update("2.0.0", "bench", &["--trust", trust]).await;
        assert_ne!(refused.status.code(), Some(0), "{trust}");
        says(&refused, &[words]);
    }
    assert_eq!(scene.device.flash_operations(), 0);
    // Who means it says so.
    expect_exit(&scene.update("2.0.0", "bench", &["--trust", &wrong, "--allow-foreign-signers"]).await, 0);
    says(&scene.update("3.0.0", "bench", &[]).await, &["signer_unknown"]);
}
