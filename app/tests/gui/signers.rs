//! Signers for the window: one with a key that never changes, so that pictures do not either.

use skylift::image::Image;
use skylift::image::sign::{Keyring, Signer, SigningKey, signed};
use skylift::store::DataDir;
use skylift_protocol::{Digest, Trust};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::{DeviceConfig, FlashSource};

/// The number 0x5b5b…5b as a private key of ECDSA P-256. Nothing but these tests was ever signed with it.
const BENCH: &str = "-----BEGIN EC PRIVATE KEY-----
MDECAQEEIFtbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tboAoGCCqGSM49
AwEH
-----END EC PRIVATE KEY-----
";

/// The signer bench in a data folder.
pub fn bench(data: &DataDir) -> Signer {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.pem");
    std::fs::write(&file, BENCH).unwrap();
    Keyring::new(data).import(&"bench".parse().unwrap(), &file).unwrap()
}

/// The same, and its key.
pub fn bench_key(data: &DataDir) -> SigningKey {
    let signer = bench(data);
    Keyring::new(data).open(&signer.name).unwrap()
}

/// An image with a signature.
pub fn signed_demo(demo: &DemoImage, key: &SigningKey) -> Image {
    let image = Image::from_bytes("ota.bin".as_ref(), demo.build().unwrap()).unwrap();
    signed(&image, key, false).unwrap()
}

/// From its first flash the device takes nothing but what these have signed.
pub fn trusts(config: &mut DeviceConfig, signers: &[Digest]) {
    let FlashSource::Factory(factory) = &mut config.flash else { panic!("it has a flash already") };
    factory.provisioning.trust = Trust::in_signers(signers.iter().copied().collect());
}
