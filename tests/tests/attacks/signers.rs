//! Who says whom a device trusts: its owner, with an image that a signer of before has signed. Neither alone, and nobody
//! by repeating or changing what an owner has said.

use std::path::Path;

use serde_json::{Value, json};
use skylift::image::Image;
use skylift::image::sign::{SigningKey, add_signature};
use skylift_protocol::{Digest, Trust};
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image;
use skylift_tests::forge::{Draft, Request};
use skylift_tests::paired::{Paired, new_key};
use skylift_tests::raw::{RawHost, order};
use skylift_tests::stranger::Stranger;

fn key() -> SigningKey {
    SigningKey::random().unwrap()
}

fn digest(key: &SigningKey) -> Digest {
    key.verifying_key().digest()
}

fn signed(version: &str, key: &SigningKey) -> Vec<u8> {
    let image = Image::from_bytes(Path::new("ota.bin"), image(version, Behaviour::Healthy)).unwrap();
    add_signature(&image, key, false).unwrap()
}

/// A paired device that trusts one signer, and who wants to be the next.
struct Scene {
    paired: Paired,
    owner: Stranger,
    ours: SigningKey,
    theirs: SigningKey,
}

/// An image that a host serves, with an order for it that names a signer.
struct Offered {
    order: Value,
    _host: RawHost,
}

impl Offered {
    fn new(id: &str, version: &str, by: &SigningKey, names: &SigningKey) -> Self {
        let file = signed(version, by);
        let host = RawHost::serving(&file);
        let mut wanted = order(id, &file, &host.url());
        wanted["image_sha256"] = order(id, &image(version, Behaviour::Healthy), "")["image_sha256"].clone();
        wanted["trust"] = json!([digest(names)]);
        Self { order: wanted, _host: host }
    }

    fn text(&self) -> String {
        self.order.to_string()
    }
}

impl Scene {
    fn new() -> Self {
        let (ours, theirs) = (key(), key());
        let trust = Trust::in_signers([digest(&ours)].into_iter().collect());
        let paired = Paired::with(trust, |_| ());
        let owner = Stranger::at_home(paired.address());
        Self { paired, owner, ours, theirs }
    }

    fn draft(&self, body: &str) -> Draft {
        self.owner.draft(&self.paired.key, "POST", "/update", body)
    }

    /// Gives the owner's order, and waits for its end.
    fn end(&self, request: &Request, id: &str) -> Value {
        let reply = self.owner.owned(request, &self.paired.key);
        assert_eq!(reply.status, 202, "{reply:?}");
        let told = |status: &Value| status["last_end"]["order_id"] == id;
        self.owner.await_status(&self.paired.key, "the order ends", told)["last_end"].clone()
    }

    /// It trusts this one alone, and goes on doing so when it starts anew.
    #[track_caller]
    fn trusts(&self, signer: &SigningKey) {
        for _ in 0..2 {
            let status = self.owner.await_status(&self.paired.key, "it answers", |_| true);
            assert_eq!(status["policy"]["signers"], json!([digest(signer)]), "{status}");
            // What it started before has been seen.
            let _ = self.paired.happened();
            self.paired.device.press_reset();
            self.paired.await_boot();
        }
    }
}

#[test]
fn without_the_pairing_key_nobody_names_a_signer() {
    let scene = Scene::new();
    let stolen = Offered::new("stolen", "1.1.0", &scene.ours, &scene.theirs);
    let text = stolen.text();
    let length = text.len();
    let bare = format!(
        "POST /update HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{text}"
    );
    scene.owner.say(bare).is_denied("missing", "unsigned");
    let guessed = Draft { key: new_key(), ..scene.draft(&text) }.sign();
    scene.owner.say(guessed.bytes()).is_denied("wrong_signature", "by another key");
    assert_eq!(scene.paired.device.flash_operations(), 0);
    scene.trusts(&scene.ours);
    // The control: with the key the same order is taken.
    assert_eq!(scene.end(&scene.draft(&text).sign(), "stolen")["outcome"], "validated");
    scene.trusts(&scene.theirs);
}

#[test]
fn a_signer_that_was_changed_on_the_way_is_not_taken() {
    let scene = Scene::new();
    let next = key();
    let right = Offered::new("right", "1.1.0", &scene.ours, &next).text();
    let theirs = right.replace(&digest(&next).to_string(), &digest(&scene.theirs).to_string());
    assert_eq!(theirs.len(), right.len());
    scene
        .owner
        .say(scene.draft(&right).sign().with_body(&theirs).bytes())
        .is_denied("digest_mismatch", "changed");
    assert_eq!(scene.paired.device.flash_operations(), 0);
    scene.trusts(&scene.ours);
}

/// The owner's key alone is not enough: whatever a host thinks of the image, the device looks who signed it.
#[test]
fn without_a_signer_of_before_the_owner_names_none_either() {
    let scene = Scene::new();
    let own = Offered::new("own", "1.1.0", &scene.theirs, &scene.theirs);
    assert_eq!(scene.end(&scene.draft(&own.text()).sign(), "own")["reason"], "signer_unknown");
    scene.trusts(&scene.ours);
    let right = Offered::new("right", "1.1.0", &scene.ours, &scene.theirs);
    assert_eq!(scene.end(&scene.draft(&right.text()).sign(), "right")["outcome"], "validated");
    scene.trusts(&scene.theirs);
}

/// An order that handed signers over, word for word again: at once, after a restart, and once others have followed.
#[test]
fn an_old_order_does_not_bring_old_signers_back() {
    let scene = Scene::new();
    let next = key();
    let there = Offered::new("there", "1.1.0", &scene.ours, &next);
    let captured = scene.draft(&there.text()).sign();
    assert_eq!(scene.end(&captured, "there")["outcome"], "validated");
    scene.owner.say(captured.bytes()).is_denied("nonce_foreign", "after its own restart");
    scene.trusts(&next);
    let back = Offered::new("back", "1.2.0", &next, &scene.ours);
    assert_eq!(scene.end(&scene.draft(&back.text()).sign(), "back")["outcome"], "validated");
    scene.owner.say(captured.bytes()).is_denied("nonce_foreign", "later");
    scene.trusts(&scene.ours);
    // Its image is still signed by whom the device trusts: said anew, by the owner, it counts.
    assert_eq!(
        scene.end(&scene.draft(&there.text().replace("\"there\"", "\"anew\"")).sign(), "anew")["outcome"],
        "validated"
    );
    scene.trusts(&next);
}
