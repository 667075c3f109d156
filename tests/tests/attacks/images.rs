//! Images that are not what the owner ordered, or not what a trusted signer signed, on a device that is paired and
//! trusts one signer. The orders are the owner's own: only the image can be what is wrong.

use std::path::Path;

use serde_json::Value;
use skylift::image::Image;
use skylift::image::sign::{SigningKey, add_signature};
use skylift_protocol::Trust;
use skylift_protocol::auth::{Body, Nonce, SignedRequest};
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image;
use skylift_tests::paired::Paired;
use skylift_tests::raw::{RawHost, order};
use skylift_tests::stranger::Stranger;
use skylift_tests::wait::PATIENCE;

const SECTOR: usize = 4096;

fn signed(image: &[u8], key: &SigningKey) -> Vec<u8> {
    let image = Image::from_bytes(Path::new("ota.bin"), image.to_vec()).unwrap();
    add_signature(&image, key, false).unwrap()
}

struct Scene {
    paired: Paired,
    owner: Stranger,
    key: SigningKey,
    new: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let key = SigningKey::random().unwrap();
        let trust = Trust::in_signers([key.verifying_key().digest()].into_iter().collect());
        let paired = Paired::with(trust, |_| ());
        let owner = Stranger::at_home(paired.address());
        Self { paired, owner, key, new: image("1.1.0", Behaviour::Healthy) }
    }

    /// How the owner's order for `ordered` ends when `served` is what the device fetches.
    fn end(&self, id: &str, ordered: &[u8], served: &[u8]) -> Value {
        let host = RawHost::serving(served);
        let mut order = order(id, ordered, &host.url());
        let image = skylift_tests::raw::order(id, &self.new, "http://127.0.0.1/");
        order["image_sha256"] = image["image_sha256"].clone();
        let reply = self.owner.own(&self.paired.key, "POST", "/update", &order.to_string());
        if reply.status != 202 {
            return serde_json::from_str(&reply.body).unwrap();
        }
        let told = |status: &Value| status["last_end"]["order_id"] == id;
        self.owner.await_status(&self.paired.key, "the order ends", told)["last_end"].clone()
    }

    /// It ends like that; the old image runs, and the other one cannot be made to.
    #[track_caller]
    fn fails(&self, id: &str, ordered: &[u8], served: &[u8], reason: &str) {
        let end = self.end(id, ordered, served);
        assert!(end["reason"] == reason || end["error"] == reason, "{id}: not {reason} but {end}");
        let status = self.owner.await_status(&self.paired.key, "it answers", |_| true);
        let (version, state) = (&status["running"]["version"], &status["validation"]["state"]);
        assert_eq!((version.as_str(), state.as_str()), (Some("1.0.0"), Some("valid")), "{id}");
        let reply = self.owner.own(&self.paired.key, "POST", "/rollback", "{}");
        assert!(reply.status == 409 && reply.body.contains("no_other_image"), "{id}: {reply:?}");
    }

    /// The control: ordered, signed and served as it should be.
    #[track_caller]
    fn right_one_validates(&self) {
        let file = signed(&self.new, &self.key);
        let end = self.end("right", &file, &file);
        assert_eq!(end["outcome"], "validated", "{end}");
    }
}

#[test]
fn an_image_that_was_swapped_behind_the_order_never_boots() {
    let scene = Scene::new();
    let file = signed(&scene.new, &scene.key);
    // Good, as long, and signed by the right signer: but it is not the one in the order.
    let swapped = signed(&image("1.0.1", Behaviour::Healthy), &scene.key);
    assert_eq!(file.len(), swapped.len());
    scene.fails("swapped", &file, &swapped, "digest_mismatch");
    let mut flipped = file.clone();
    flipped[SECTOR + 7] ^= 1;
    scene.fails("flipped", &file, &flipped, "digest_mismatch");
    scene.right_one_validates();
}

/// The head of a push is signed, its bytes are not: they are bound by the digest in the signed order.
#[test]
fn a_push_that_was_changed_on_the_way_never_boots() {
    let scene = Scene::new();
    let (key, owner) = (&scene.paired.key, scene.owner);
    let file = signed(&scene.new, &scene.key);
    let give = |id: &str| {
        let mut order = order(id, &file, "");
        order.as_object_mut().unwrap().remove("url");
        order["push"] = true.into();
        order["image_sha256"] = skylift_tests::raw::order(id, &scene.new, "")["image_sha256"].clone();
        assert_eq!(owner.own(key, "POST", "/update", &order.to_string()).status, 202);
    };
    let push = |id: &str, bytes: &[u8]| {
        let target = format!("/update/image?order_id={id}&from=0");
        let (nonce, length) = (Nonce::parse(&owner.nonce()).unwrap(), bytes.len());
        let signed = SignedRequest::new(key, &nonce, "PUT", &target, Body::Image(length as u64)).unwrap();
        let fields: String = signed.fields().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let media = "Content-Type: application/octet-stream";
        let head = format!("PUT {target} HTTP/1.1\r\n{media}\r\nContent-Length: {length}\r\n{fields}\r\n");
        // What counts is how the order ends; it may have ended before the push is answered.
        let _ = owner.try_say(&[head.as_bytes(), bytes].concat(), PATIENCE);
        let told = |status: &Value| status["last_end"]["order_id"] == id;
        owner.await_status(key, "the order ends", told)["last_end"].clone()
    };
    let mut flipped = file.clone();
    flipped[2 * SECTOR + 1] ^= 0x40;
    give("flipped");
    assert_eq!(push("flipped", &flipped)["reason"], "digest_mismatch");
    give("right");
    let end = push("right", &file);
    assert_eq!(end["outcome"], "validated", "{end}");
}

#[test]
fn a_signature_sector_that_is_not_the_images_own_counts_nothing() {
    let scene = Scene::new();
    let file = signed(&scene.new, &scene.key);
    let (image_part, sector) = file.split_at(file.len() - SECTOR);
    let blank = [0xFF; SECTOR];
    let other = signed(&image("1.0.1", Behaviour::Healthy), &scene.key);
    let of_another = &other[other.len() - SECTOR..];
    let moved_within = [&[0xFF; 16], &sector[..SECTOR - 16]].concat();
    let mut cut_short = sector.to_vec();
    cut_short[SECTOR / 4..].fill(0xFF);
    for (id, reason, file) in [
        ("none", "unsigned", scene.new.clone()),
        ("blank", "unsigned", [image_part, &blank].concat()),
        ("by another", "signer_unknown", signed(&scene.new, &SigningKey::random().unwrap())),
        ("of another image", "signature_invalid", [image_part, of_another].concat()),
        ("a sector on", "signature_invalid", [image_part, &blank, sector].concat()),
        ("16 bytes on", "signature_invalid", [image_part, &moved_within].concat()),
        ("cut short", "signature_invalid", [image_part, &cut_short].concat()),
        ("half a sector", "unsigned", file[..file.len() - SECTOR / 2].to_vec()),
    ] {
        scene.fails(&id.replace(' ', "-"), &file, &file, reason);
    }
    scene.right_one_validates();
}
