//! Checksums put right in what is otherwise any bytes: no mutation ever finds a CRC or a digest, an attacker just
//! computes it.

use esp_nvs::platform::software_crc32;
use md5::Md5;
use sha2::{Digest as _, Sha256};
use skylift_simulator::bootloader::sequence_crc;

/// An app image with checksum and digest behind its segments, as far as they lie within it; see ESP-IDF's
/// `esp_app_format.h`. What follows them is kept.
#[must_use]
pub fn image(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = bytes.to_vec();
    let (mut at, mut checksum) = (24, 0xEF);
    for _ in 0..bytes.get(1).copied().unwrap_or_default() {
        let Some(len) = bytes.get(at + 4..at + 8) else { return sealed };
        let len = u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize;
        let Some(data) = bytes.get(at + 8..).and_then(|rest| rest.get(..len)) else { return sealed };
        checksum = data.iter().fold(checksum, |sum, byte| sum ^ byte);
        at += 8 + len;
    }
    let end = at / 16 * 16 + 16;
    if sealed.len() < end + 32 {
        sealed.resize(end + 32, 0);
    }
    sealed[end - 1] = checksum;
    let digest = Sha256::digest(&sealed[..end]);
    sealed[end..end + 32].copy_from_slice(&digest);
    sealed
}

/// A partition table whose MD5 stands behind its entries.
pub fn table(table: &mut [u8]) {
    let entries = table.chunks_exact(32).take_while(|entry| entry.starts_with(&[0xAA, 0x50])).count() * 32;
    let sum = Md5::digest(&table[..entries]);
    if let Some(record) = table.get_mut(entries..entries + 32) {
        record.fill(0xFF);
        record[..2].copy_from_slice(&[0xEB, 0xEB]);
        record[16..].copy_from_slice(&sum);
    }
}

/// An otadata entry with the CRC of its sequence.
pub fn otadata(entry: &mut [u8; 32]) {
    let [s0, s1, s2, s3, ..] = *entry;
    let crc = sequence_crc(u32::from_le_bytes([s0, s1, s2, s3]));
    entry[28..].copy_from_slice(&crc.to_le_bytes());
}

/// The CRC-32 of Ethernet and zip, which the journal and signature blocks have.
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// A journal's first page; see `SPEC.md`, "Journal".
pub fn journal_subject(page: &mut [u8]) {
    let crc = CRC.checksum(&page[..252]);
    page[252..256].copy_from_slice(&crc.to_le_bytes());
}

/// One attempt of a journal.
pub fn journal_attempt(attempt: &mut [u8]) {
    let crc = CRC.checksum(&attempt[..37]);
    attempt[40..44].copy_from_slice(&crc.to_le_bytes());
}

/// A block of a signature sector; see ESP-IDF, "Secure Boot v2".
pub fn signature_block(block: &mut [u8]) {
    let crc = CRC.checksum(&block[..1196]);
    block[1196..1200].copy_from_slice(&crc.to_le_bytes());
    block[1200..1216].fill(0);
}

/// The headers of all NVS pages and of all their entries; see ESP-IDF, "NVS: Internals".
pub fn nvs(pages: &mut [u8]) {
    for page in pages.chunks_exact_mut(4096) {
        let crc = software_crc32(u32::MAX, &page[4..28]);
        page[28..32].copy_from_slice(&crc.to_le_bytes());
        for entry in page[64..].chunks_exact_mut(32).filter(|entry| entry[0] != 0xFF) {
            let covered = [&entry[..4], &entry[8..]].concat();
            entry[4..8].copy_from_slice(&software_crc32(u32::MAX, &covered).to_le_bytes());
        }
    }
}
