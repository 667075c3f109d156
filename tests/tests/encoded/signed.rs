//! Signed images as deltas: the signature is over what was decoded, and the base is the running image without its own.

use std::path::Path;

use skylift::image::Image;
use skylift::image::sign::{SigningKey, add_signature};
use skylift_protocol::Trust;
use skylift_provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};
use skylift_tests::devices::fresh;

use crate::host::FileHost;
use crate::orders::{
    accepted, delta, end, hex, new, old, old_image_stays, renamed, stream, validates, words,
};

fn signed(image: &[u8], key: &SigningKey) -> Vec<u8> {
    let image = Image::from_bytes(Path::new("ota.bin"), image.to_vec()).unwrap();
    add_signature(&image, key, false).unwrap()
}

fn trusting(key: &SigningKey) -> Device {
    let trust = Trust::in_signers([key.verifying_key().digest()].into_iter().collect());
    let factory = FactoryFlash::new(old(), Provisioning { trust, ..Provisioning::default() });
    Device::start(DeviceConfig { flash: FlashSource::Factory(factory), ..fresh() }).unwrap()
}

/// Orders `file`, which holds `image`, as a delta against the image `from`.
fn send(device: &Device, id: &str, from: &[u8], file: &[u8], image: &[u8]) -> FileHost {
    let patch = stream(from, file, 18);
    let host = FileHost::serving(&patch);
    let mut order = delta(id, from, file, &patch, &host.url());
    order["image_sha256"] = hex(&image[image.len() - 32..]).into();
    accepted(device, &order);
    host
}

#[test]
fn a_signed_delta_validates_and_is_the_base_of_the_next_one() {
    let key = SigningKey::random().unwrap();
    let device = trusting(&key);
    let (first, second) = (new(), renamed());
    let _host = send(&device, "delta-1", &old(), &signed(&first, &key), &first);
    validates(&device, "1.1.0");
    let _host = send(&device, "delta-2", &first, &signed(&second, &key), &second);
    validates(&device, "1.0.1");
}

#[test]
fn who_is_not_trusted_does_not_get_in_by_a_delta() {
    let device = trusting(&SigningKey::random().unwrap());
    let image = new();
    let file = signed(&image, &SigningKey::random().unwrap());
    let _host = send(&device, "delta-1", &old(), &file, &image);
    assert_eq!(end(&device, "delta-1"), words("failed", "signer_unknown"));
    old_image_stays(&device);
}
