//! Signature sectors: what is taken for signed holds a sound block of a trusted signer for these very bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use skylift_fuzz::{Input, seal, signer};
use skylift_updater::FlashError;
use skylift_updater::signature::{BLOCK_LEN, KeyDigest, SignatureError, read_blocks, sector_at, verify};

const SECTOR: usize = 4096;

/// Whether a block, by its bytes alone, claims to be this signer's for these bytes (ESP-IDF, "Secure Boot v2").
fn claims(block: &[u8], signed: &[u8; 32], signer: &KeyDigest) -> bool {
    block[..2] == [0xE7, 3] && block[4..36] == *signed && Sha256::digest(&block[36..101])[..] == signer[..]
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let how = input.byte();
    let (image_len, file_len) = (input.word(), input.word());
    if let Ok(at) = sector_at(image_len, file_len) {
        assert!(at >= image_len && at.is_multiple_of(4096) && file_len - at == 4096);
    }
    let bytes = input.rest();
    let mut sector = [0xFF; SECTOR];
    let len = bytes.len().min(SECTOR);
    sector[..len].copy_from_slice(&bytes[..len]);
    if how & 1 == 0 {
        sector.chunks_exact_mut(BLOCK_LEN).filter(|block| block[0] == 0xE7).for_each(seal::signature_block);
    }
    let read = |at: u32, buf: &mut [u8]| {
        let place = sector.get(at as usize..).and_then(|rest| rest.get(..buf.len()));
        buf.copy_from_slice(place.ok_or(FlashError)?);
        Ok(())
    };
    let mut blocks = 0;
    let sound = read_blocks(read, |_| blocks += 1);
    assert!(blocks <= 3 && (sound.is_err() || blocks > 0));
    assert_ne!(sound, Err(SignatureError::Flash), "it reads beyond the sector");
    let (signed, trusted) = (signer::SIGNED, signer::digest());
    assert!(verify(read, &signed, &[]).is_err(), "signed by nobody");
    let verdict = verify(read, &signed, &[[0; 32], trusted]);
    assert!(verdict.is_err() || sound.is_ok(), "damaged, and signed");
    if verdict.is_ok() {
        assert!(sector.chunks_exact(BLOCK_LEN).any(|block| claims(block, &signed, &trusted)));
        let mut other = signed;
        other[31] ^= 1;
        assert!(verify(read, &other, &[trusted]).is_err(), "signed whatever it is");
    }
});
