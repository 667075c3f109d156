//! A partition table as Toit's tool reads it, from its bytes or a CSV, and writes it again.
//!
//! Format: ESP-IDF Programming Guide, "Partition Tables". What differs from ESP-IDF's own tool: a partition without an
//! offset begins where the one before it ends, and the written table fills its whole sector.

use md5::{Digest as _, Md5};

use super::csv;

const ENTRY: usize = 32;
const SECTOR: usize = 4096;
const MAGIC: &[u8] = &[0xAA, 0x50];
const MD5_MAGIC: &[u8] = &[0xEB, 0xEB];
/// Bytes of a name in an entry; the last is zero.
const NAME: usize = 16;
/// Entries that fit the sector beside the one with the MD5.
const MOST: usize = SECTOR / ENTRY - 1;

const APP: u8 = 0;
const DATA: u8 = 1;
const OTADATA: u8 = 0;
const OTA_0: u8 = 0x10;
const LAST_OTA: u8 = 0x1F;

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Partition {
    pub name: String,
    pub kind: u8,
    pub subtype: u8,
    pub offset: u32,
    pub size: u32,
    pub flags: u32,
}

/// A partition table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Table(pub(super) Vec<Partition>);

impl Table {
    /// A table from its bytes, or from a CSV. What is wrong is half a sentence.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let partitions = if bytes.starts_with(MAGIC) { binary(bytes)? } else { csv::read(bytes)? };
        if partitions.len() > MOST {
            return Err(format!("it has more than {MOST} partitions"));
        }
        Ok(Self(partitions))
    }

    /// The table as it lies in flash: a whole sector, in the order of the offsets.
    pub fn encode(&self) -> Vec<u8> {
        let mut sorted: Vec<&Partition> = self.0.iter().collect();
        sorted.sort_by_key(|partition| partition.offset);
        let mut bytes: Vec<u8> = sorted.into_iter().flat_map(Partition::encode).collect();
        let digest = Md5::digest(&bytes);
        bytes.extend_from_slice(MD5_MAGIC);
        bytes.extend([0xFF; ENTRY - 2 - 16]);
        bytes.extend_from_slice(&digest);
        bytes.resize(SECTOR, 0xFF);
        bytes
    }

    pub fn called(&self, name: &str) -> Option<&Partition> {
        self.0.iter().find(|partition| partition.name == name)
    }

    /// The app that boots first: of all apps the one with the lowest subtype.
    pub fn app(&self) -> Option<&Partition> {
        self.0.iter().filter(|partition| partition.kind == APP).min_by_key(|partition| partition.subtype)
    }

    pub fn otadata(&self) -> Option<&Partition> {
        self.0.iter().find(|partition| (partition.kind, partition.subtype) == (DATA, OTADATA))
    }

    /// Bytes of the smallest slot for updates.
    pub fn smallest_slot(&self) -> Option<u32> {
        let is_slot = |it: &&Partition| it.kind == APP && (OTA_0..=LAST_OTA).contains(&it.subtype);
        self.0.iter().filter(is_slot).map(|slot| slot.size).min()
    }

    /// The first byte behind all partitions, at the beginning of a sector.
    pub fn end(&self) -> u64 {
        let ends = self.0.iter().map(|it| u64::from(it.offset) + u64::from(it.size));
        ends.max().unwrap_or(0).next_multiple_of(SECTOR as u64)
    }

    /// Adds a partition, if there is room in the sector.
    pub fn add(&mut self, partition: Partition) -> Result<(), String> {
        if self.0.len() == MOST {
            return Err(format!("the table has {MOST} partitions, and no room for another"));
        }
        self.0.push(partition);
        Ok(())
    }
}

impl Partition {
    fn decode(entry: &[u8]) -> Option<Self> {
        let word = |at: usize| entry.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word));
        let name = entry.get(12..12 + NAME)?;
        let end = name.iter().position(|byte| *byte == 0)?;
        Some(Self {
            name: String::from_utf8_lossy(name.get(..end)?).into_owned(),
            kind: *entry.get(2)?,
            subtype: *entry.get(3)?,
            offset: word(4)?,
            size: word(8)?,
            flags: word(28)?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let mut entry = [MAGIC, &[self.kind, self.subtype]].concat();
        entry.extend(self.offset.to_le_bytes());
        entry.extend(self.size.to_le_bytes());
        entry.extend(self.name.bytes().chain(std::iter::repeat(0)).take(NAME - 1));
        entry.push(0);
        entry.extend(self.flags.to_le_bytes());
        entry
    }
}

fn binary(bytes: &[u8]) -> Result<Vec<Partition>, String> {
    let mut partitions = Vec::new();
    let mut digest = Md5::new();
    for entry in bytes.chunks_exact(ENTRY) {
        if entry.iter().all(|byte| *byte == 0xFF) {
            return Ok(partitions);
        }
        if entry.starts_with(MD5_MAGIC) {
            if !entry.ends_with(&digest.clone().finalize()) {
                return Err("its MD5 does not match: it is damaged".to_owned());
            }
            continue;
        }
        let partition = Partition::decode(entry).filter(|_| entry.starts_with(MAGIC));
        partitions.push(partition.ok_or("an entry in it is damaged")?);
        digest.update(entry);
    }
    Err("it has no end: it was cut short".to_owned())
}
