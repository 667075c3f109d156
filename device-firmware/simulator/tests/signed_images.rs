//! A device that trusts certain signers takes what they signed, and nothing else, however little differs from it.

mod support;

use sha2::{Digest as _, Sha256};
use skylift_simulator::demo_image::DemoImage;
use skylift_updater::image::{HEAD_LEN, ImageScan};
use skylift_updater::journal::Mark;
use skylift_updater::signature::{BlockFault, KeyDigest, SignatureError, Trust};
use skylift_updater::switch::{SwitchError, return_to_other};
use skylift_updater::writer::WriteError;

use support::signing::{SECTOR, block, digest_of, flash, image, key, send, signed, trust_in};

fn verdict(file: &[u8], trust: &Trust) -> Result<(), WriteError> {
    let (mut nor, layout) = flash();
    send(&mut nor, &layout, file, trust)
}

#[track_caller]
fn refused(file: &[u8], trust: &Trust, why: SignatureError) {
    assert_eq!(verdict(file, trust), Err(WriteError::Signature(why)));
}

#[test]
fn what_a_trusted_signer_signed_is_taken() {
    let (image, ours, others) = (image("2.0.0"), key(1), key(2));
    let trust = trust_in(&[&ours]);
    for file in [
        signed(&image, &[&ours]),
        signed(&image, &[&others, &ours]),
        signed(&image, &[&others, &key(3), &ours]),
    ] {
        assert_eq!(verdict(&file, &trust), Ok(()));
        assert_eq!(verdict(&file, &Trust::Anybody), Ok(()));
    }
    assert_eq!(verdict(&signed(&image, &[&others]), &trust_in(&[&ours, &key(3), &others])), Ok(()));
    assert_eq!(verdict(&image, &Trust::Anybody), Ok(()));
}

#[test]
fn everything_else_is_refused_by_its_name() {
    let (image, ours) = (image("2.0.0"), key(1));
    let trust = trust_in(&[&ours]);
    refused(&image, &trust, SignatureError::Unsigned);
    refused(&signed(&image, &[]), &trust, SignatureError::Unsigned);
    refused(&signed(&image, &[&key(2)]), &trust, SignatureError::UnknownSigner);
    refused(&signed(&image, &[&ours]), &Trust::Signers(Default::default()), SignatureError::UnknownSigner);

    let file = signed(&image, &[&ours]);
    let (signed_part, sector) = file.split_at(file.len() - SECTOR);
    let moved = [signed_part, &[0xFF; SECTOR], sector].concat();
    refused(&moved, &trust, SignatureError::Misplaced);
    refused(&file[..file.len() - 16], &trust, SignatureError::Misplaced);
    refused(signed_part, &trust, SignatureError::Unsigned);
    let other = signed(&support::signing::image("3.0.0"), &[&ours]);
    let borrowed = [signed_part, &other[other.len() - SECTOR..]].concat();
    refused(&borrowed, &trust, SignatureError::Invalid(BlockFault::OtherImage));
}

/// Its digest is right, its key is trusted: only the signature is not the key's.
#[test]
fn a_signature_by_another_key_under_a_trusted_name_is_refused() {
    let (ours, mut file) = (key(1), signed(&image("2.0.0"), &[&key(2)]));
    let at = file.len() - SECTOR;
    let digest: [u8; 32] = Sha256::digest(&file[..at]).into();
    let honest = block(&ours, &digest);
    // Key and digest of ours, r and s of the other.
    file[at + 36..at + 101].copy_from_slice(&honest[36..101]);
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&file[at..at + 1196]);
    file[at + 1196..at + 1200].copy_from_slice(&crc.to_le_bytes());
    refused(&file, &trust_in(&[&ours]), SignatureError::Invalid(BlockFault::Signature));
}

/// Every byte of the head and of the signature sector, changed in two ways; the order says of the file what is true.
#[test]
fn no_changed_byte_gets_through() {
    let ours = key(1);
    let trust = trust_in(&[&ours]);
    let file = signed(&image("2.0.0"), &[&ours]);
    let start = flash();
    let mut tried = 0;
    for at in (0..HEAD_LEN).chain(file.len() - SECTOR..file.len()) {
        for change in [0xFF, 1 << (at % 8)] {
            let mut changed = file.clone();
            changed[at] ^= change;
            let (mut nor, layout) = start.clone();
            let verdict = send(&mut nor, &layout, &changed, &trust);
            assert!(verdict.is_err(), "byte {at} changed by {change:#04x} gets through");
            tried += 1;
        }
    }
    assert_eq!(tried, 2 * (HEAD_LEN + SECTOR));
}

/// The same with checksum and SHA-256 made right again, as whoever changes an image on purpose does.
#[test]
fn no_changed_image_gets_through_by_its_own_digest() {
    let ours = key(1);
    let trust = trust_in(&[&ours]);
    let image = image("2.0.0");
    let file = signed(&image, &[&ours]);
    let start = flash();
    let mut by_signature = 0;
    for at in (0..HEAD_LEN).chain((HEAD_LEN..image.len() - 33).step_by(97)) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        mend(&mut changed, image.len());
        let (mut nor, layout) = start.clone();
        let verdict = send(&mut nor, &layout, &changed, &trust);
        let invalid = WriteError::Signature(SignatureError::Invalid(BlockFault::OtherImage));
        assert!(verdict.is_err(), "byte {at} gets through");
        by_signature += usize::from(verdict == Err(invalid));
        // Without signers the very same image is taken, or is none.
        let mut scan = ImageScan::new();
        let sound = scan.push(&changed).and_then(|()| scan.finish()).is_ok();
        let (mut nor, layout) = start.clone();
        assert_eq!(send(&mut nor, &layout, &changed, &Trust::Anybody).is_ok(), sound, "byte {at}");
    }
    assert!(by_signature > HEAD_LEN / 2, "{by_signature}");
}

/// Makes checksum and digest of an image of `len` bytes right.
fn mend(file: &mut [u8], len: usize) {
    let mut scan = file[24..].to_vec();
    let mut checksum = 0xEF_u8;
    for _ in 0..file[1] {
        let Some((&[_, _, _, _, a, b, c, d], rest)) = scan.split_first_chunk::<8>() else { return };
        let size = u32::from_le_bytes([a, b, c, d]) as usize;
        let Some((data, rest)) = rest.split_at_checked(size) else { return };
        checksum = data.iter().fold(checksum, |sum, byte| sum ^ byte);
        scan = rest.to_vec();
    }
    file[len - 33] = checksum;
    let digest = Sha256::digest(&file[..len - 32]);
    file[len - 32..len].copy_from_slice(&digest);
}

/// A whole image that nobody signed lies in the slot, and an older entry named that slot as a good one.
#[test]
fn a_refused_image_cannot_be_returned_to() {
    let ours = key(1);
    let (mut nor, layout) = flash();
    let kept_twice = |nor: &mut _| {
        use skylift_updater::otadata::{EntryIndex, Fresh, write_entry};
        // As after an update from slot 1: both entries are good.
        write_entry(nor, &layout, EntryIndex::Second, 1, Fresh::Valid).unwrap();
        write_entry(nor, &layout, EntryIndex::First, 0, Fresh::Valid).unwrap();
    };
    kept_twice(&mut nor);
    let file = [image("2.0.0"), Vec::new()].concat();
    let refused = send(&mut nor, &layout, &file, &trust_in(&[&ours]));
    assert_eq!(refused, Err(WriteError::Signature(SignatureError::Unsigned)));
    let back = return_to_other(&mut nor, &layout, 0, 0, Mark::Returned);
    assert_eq!(back, Err(SwitchError::NoOtherImage));
}

#[test]
fn a_return_stops_at_the_floor() {
    let (mut nor, layout) = flash();
    let older = DemoImage { secure_version: 3, size: 7000, ..DemoImage::default() }.build().unwrap();
    nor.overwrite(layout.slots[1].offset, &older).unwrap();
    use skylift_updater::otadata::{EntryIndex, Fresh, write_entry};
    write_entry(&mut nor, &layout, EntryIndex::Second, 1, Fresh::Valid).unwrap();
    write_entry(&mut nor, &layout, EntryIndex::First, 0, Fresh::Valid).unwrap();
    assert_eq!(return_to_other(&mut nor, &layout, 0, 4, Mark::Returned), Err(SwitchError::BelowFloor));
    assert_eq!(return_to_other(&mut nor, &layout, 0, 3, Mark::Returned), Ok(()));
}

#[test]
fn two_keys_have_two_names() {
    let names: Vec<KeyDigest> = (1..4).map(|number| digest_of(&key(number))).collect();
    assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2]);
}
