//! Signing images, and devices that trust certain signers: what the app foresees, and what the device itself finds.

use std::path::Path;

use crc::{CRC_32_ISO_HDLC, Crc};
use skylift::engine::{NewSigners, UpdateOptions};
use skylift::image::Image;
use skylift::image::sign::{Keyring, SignError, SignerName, SigningKey, add_signature};
use skylift_protocol::{Digest, Floor, Trust};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::{Host, short_times};
use skylift_tests::middle::Middle;
use skylift_tests::paired::{Paired, Ring};
use skylift_tests::stranger::Reply;
use skylift_updater::SECTOR;
use skylift_updater::signature::BLOCK_LEN;

use crate::files::Place;
use crate::proxy;
use crate::table::Line;

fn opened(bytes: Vec<u8>) -> Image {
    Image::from_bytes(Path::new("ota.bin"), bytes).unwrap()
}

fn new_key() -> SigningKey {
    SigningKey::random().unwrap()
}

fn signed(image: &[u8], key: &SigningKey) -> Vec<u8> {
    add_signature(&opened(image.to_vec()), key, false).unwrap()
}

/// This image, with the signature that the other file has.
fn with_signature_of(image: &[u8], other: &[u8]) -> Vec<u8> {
    let sector = other.len() - SECTOR as usize;
    assert_eq!(image.len(), sector, "the image fills its sectors");
    [image, &other[sector..]].concat()
}

/// The image with a block of RSA-3072. Format: ESP-IDF's `ets_secure_boot_sig_block_t`, CRC-32 at 1196.
fn signed_with_rsa(image: &[u8]) -> Vec<u8> {
    let mut block = [0; BLOCK_LEN];
    block[..2].copy_from_slice(&[0xE7, 2]);
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&block[..1196]);
    block[1196..1200].copy_from_slice(&crc.to_le_bytes());
    let mut file = [image, &block[..]].concat();
    file.resize(image.len() + SECTOR as usize, 0xFF);
    file
}

fn new() -> Vec<u8> {
    image("1.1.0", Behaviour::Healthy)
}

pub fn images() -> Vec<Line> {
    let place = Place::new();
    let keyring = Keyring::new(&place.data());
    let name = |name: &str| name.parse::<SignerName>().unwrap();
    keyring.create(&name("bench")).unwrap();
    let import = |path: &Path| keyring.import(&name("release"), path).unwrap_err();
    let no_key = place.write("notes.pem", "buy milk");
    let mut lines = vec![
        Line::of("The name cannot be a signer's", &"../bench".parse::<SignerName>().unwrap_err()),
        Line::of("Nobody has made this key", &keyring.open(&name("release")).unwrap_err()),
        Line::of("There is a key of this name", &keyring.create(&name("bench")).unwrap_err()),
        Line::of("The path of a key is wrong", &import(&place.path("missing.pem"))),
        Line::of("The file holds no key", &import(&no_key)),
    ];
    lines.extend(signatures());
    place.settle(lines)
}

/// Signatures that are there already.
fn signatures() -> [Line; 4] {
    let keys = [new_key(), new_key(), new_key(), new_key()];
    let append = |file: &[u8], key| add_signature(&opened(file.to_vec()), key, true);
    let of = |symptom, file: &[u8], key| -> Line {
        let error: SignError = append(file, key).unwrap_err();
        Line::of(symptom, &error)
    };
    let once = signed(&new(), &keys[0]);
    let full = keys[1..3].iter().fold(once.clone(), |file, key| append(&file, key).unwrap());
    let mut damaged = once.clone();
    damaged[new().len() + 110] ^= 1;
    let moved = with_signature_of(&image("2.0.0", Behaviour::Healthy), &once);
    [
        of("It is signed with this key", &once, &keys[0]),
        of("There are three signatures", &full, &keys[3]),
        of("The signature that is there is damaged", &damaged, &keys[1]),
        of("The signature that is there is another image's", &moved, &keys[1]),
    ]
}

/// A device that trusts this signer, and whose floor is 1.
fn trusting(signer: &SigningKey) -> Device {
    let trust = Trust::in_signers([signer.verifying_key().digest()].into_iter().collect());
    let provisioning = Provisioning { trust, secure_floor: Floor::At(1), ..Provisioning::default() };
    let factory = FactoryFlash::new(image("1.0.0", Behaviour::Healthy), provisioning);
    Device::start(DeviceConfig { flash: FlashSource::Factory(factory), ..fresh() }).unwrap()
}

pub fn devices() -> Vec<Line> {
    let ours = new_key();
    let of_version = |version: &str, secure_version| {
        DemoImage { secure_version, ..demo(version, Behaviour::Healthy) }.build().unwrap()
    };
    let new = of_version("1.1.0", 1);
    let of_other_image = with_signature_of(&new, &signed(&of_version("2.0.0", 1), &ours));
    let by_others = signed(&new, &new_key());
    let (by_rsa, old) = (signed_with_rsa(&new), signed(&of_version("1.1.0", 0), &ours));
    let (host, device) = (Host::default(), trusting(&ours));
    let foreseen = |symptom, file: &[u8]| Line::of_verdict(symptom, &host.update(&device, file));
    let found = |symptom, file: &[u8]| told_nothing(symptom, &trusting(&ours), file);
    vec![
        foreseen("The image is not signed", &new),
        foreseen("Somebody else has signed it", &by_others),
        foreseen("Its signature is another image's", &of_other_image),
        foreseen("It is signed with RSA", &by_rsa),
        foreseen("Its secure_version is below the device's", &old),
        found("The device's rules changed meanwhile, and the image is not signed", &new),
        found("The device's rules changed meanwhile, and somebody else has signed it", &by_others),
        found("The device's rules changed meanwhile, and its signature is another image's", &of_other_image),
        found("The device's rules changed meanwhile, and it is signed with RSA", &by_rsa),
        found("The device's rules changed meanwhile, and its secure_version is below them", &old),
    ]
    .into_iter()
    .chain(other_signers())
    .collect()
}

/// Signers that an update is to bring along.
fn other_signers() -> Vec<Line> {
    let (ours, theirs) = (new_key(), new_key().verifying_key().digest());
    let of = |symptom, signers: &[Digest]| Line::of(symptom, &NewSigners::new(signers).unwrap_err());
    let trust = NewSigners::new(&[theirs]).ok();
    let ends = |symptom, device: &Device, host: &Host, file: &[u8]| {
        Line::of_verdict(
            symptom,
            &host.update_with(device, file, UpdateOptions { trust, ..UpdateOptions::default() }),
        )
    };
    let owner = |paired: &Paired| Host::holding(Ring::of([(paired.id(), paired.key.clone())]), short_times());
    let anybodys = Paired::with(Trust::Anybody, |_| ());
    let ready =
        Paired::with(Trust::in_signers([ours.verifying_key().digest()].into_iter().collect()), |_| ());
    let (new, same) = (signed(&new(), &ours), signed(&image("1.0.0", Behaviour::Healthy), &ours));
    vec![
        of("No signer is handed over", &[]),
        of("More signers are handed over than a device keeps", &[1, 2, 3, 4].map(|byte| Digest([byte; 32]))),
        of("A signer is handed over twice", &[theirs, theirs]),
        ends("Signers are handed to an open device", &trusting(&ours), &Host::default(), &new),
        ends("Signers are handed to a device that has none", &anybodys.device, &owner(&anybodys), &new),
        ends("Signers are to come with the image that runs already", &ready.device, &owner(&ready), &same),
    ]
}

/// An update by a host that knows nothing of the device's signers and floor.
fn told_nothing(symptom: &'static str, device: &Device, file: &[u8]) -> Line {
    let way = Middle::before(device.address(), |asked| {
        let answer = asked.forward();
        if asked.is("GET /status ") { without_policy(&answer) } else { answer }
    });
    let host = Host::default();
    let job = host.begin_at(way.address(), file, UpdateOptions::default());
    Line::of_verdict(symptom, &host.verdict(job).verdict.unwrap())
}

/// An answer that was cut off stays so.
fn without_policy(answer: &[u8]) -> Vec<u8> {
    let Some(reply) = Reply::of(answer) else { return answer.to_vec() };
    let mut status: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert!(status.as_object_mut().unwrap().remove("policy").is_some(), "{status}");
    proxy::serving(status.to_string().as_bytes())
}
