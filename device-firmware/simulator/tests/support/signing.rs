//! Signing as the host does it, and the device core's verdict on a file.

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha256};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{capacity_for, factory_flash, table_with};
use skylift_simulator::nor::Nor;
use skylift_updater::image::ImageScan;
use skylift_updater::journal::{Attempt, Subject};
use skylift_updater::partition::Layout;
use skylift_updater::signature::{KeyDigest, SignatureBlock, Trust, p256_block};
use skylift_updater::writer::{Encoding, Workspace, WriteError, Writer};

/// Bytes of a sector.
pub const SECTOR: usize = 4096;

/// A key; another number, another key.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

/// What devices know a signer by.
pub fn digest_of(key: &SigningKey) -> KeyDigest {
    SignatureBlock::parse(&block(key, &[0; 32])).unwrap().signer()
}

/// Trust in these signers.
pub fn trust_in(keys: &[&SigningKey]) -> Trust {
    Trust::Signers(keys.iter().map(|key| digest_of(key)).collect())
}

/// A signature of the bytes of this SHA-256.
pub fn block(key: &SigningKey, signed: &[u8; 32]) -> [u8; 1216] {
    let signature: Signature = key.sign_prehash(signed).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let key = point.as_bytes()[1..].try_into().unwrap();
    p256_block(signed, key, &signature.to_bytes().into())
}

/// The image, padded, with a sector that these keys have signed.
pub fn signed(image: &[u8], keys: &[&SigningKey]) -> Vec<u8> {
    let mut file = image.to_vec();
    file.resize(file.len().next_multiple_of(SECTOR), 0xFF);
    let digest = Sha256::digest(&file).into();
    let mut sector: Vec<u8> = keys.iter().flat_map(|key| block(key, &digest)).collect();
    sector.resize(SECTOR, 0xFF);
    [file, sector].concat()
}

/// A small image.
pub fn image(version: &str) -> Vec<u8> {
    DemoImage { version: version.into(), size: 7000, ..DemoImage::default() }.build().unwrap()
}

/// A device that runs a small image.
pub fn flash() -> (Nor, Layout) {
    let table = table_with(2, 64 << 10);
    let mut nor = factory_flash(capacity_for(&table), &table, &image("1.0.0")).unwrap();
    let layout = Layout::read(&mut nor).unwrap();
    (nor, layout)
}

/// Sends a file to a device, with an order that says of it whatever is true; the verdict before otadata is written.
pub fn send(nor: &mut Nor, layout: &Layout, file: &[u8], trust: &Trust) -> Result<(), WriteError> {
    let subject = Subject {
        file_sha256: Sha256::digest(file).into(),
        image_sha256: image_digest(file),
        size: file.len() as u32,
        slot: 1,
    };
    let mut workspace = Workspace::new();
    let mut writer = Writer::new(nor, &mut workspace, layout, Some(0), subject, Encoding::Raw, 0)?;
    let mut rest = file;
    while !rest.is_empty() {
        let taken = writer.push(nor, rest)?;
        rest = &rest[taken..];
        if writer.head().is_some() && !writer.has_begun() {
            writer.begin(nor, layout, Some(0), &Attempt { order_id: [b'0'; 36], manual: false })?;
        }
    }
    let mut check = writer.finish(nor, trust)?;
    while !check.step(nor)? {}
    Ok(())
}

/// Digest of the image in a file; any if there is none.
fn image_digest(file: &[u8]) -> [u8; 32] {
    let mut scan = ImageScan::new();
    match scan.push(file).and_then(|()| scan.finish()) {
        Ok(info) => info.image_sha256,
        Err(_) => [0; 32],
    }
}
