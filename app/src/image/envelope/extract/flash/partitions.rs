//! What the user puts into the partitions of a flash: another table, and content by name.

use super::super::ExtractError;
use super::table::{Partition, Table};

/// The type of partitions that are added.
const ADDED: u8 = 0x41;
const SECTOR: usize = 4096;
const MAX_NAME: usize = 15;
/// No flash is larger.
const MAX_BYTES: u64 = 128 << 20;

/// What differs from the envelope's own partitions: by default nothing.
#[derive(Clone, Default)]
pub struct Partitions {
    /// A table in place of the envelope's: as it lies in flash, or a CSV.
    pub table: Option<Vec<u8>>,
    /// What is put into partitions. A name that the table does not have is added to it, behind all others.
    pub contents: Vec<PartitionContent>,
}

/// What is put into a partition.
#[derive(Clone)]
pub struct PartitionContent {
    /// The partition's name: 1 to 15 bytes.
    pub name: String,
    /// What lies in it.
    pub content: Content,
}

/// The content of a partition. It is filled up with zeros to whole sectors of 4096 bytes.
#[derive(Clone)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many zeros.
    Empty(u64),
}

impl Partitions {
    pub(in super::super) fn is_default(&self) -> bool {
        self.table.is_none() && self.contents.is_empty()
    }

    /// Where each content goes. The table gets the partitions that it does not have.
    pub(super) fn placed(&self, table: &mut Table) -> Result<Vec<(Partition, Vec<u8>)>, ExtractError> {
        let mut placed: Vec<(Partition, Vec<u8>)> = Vec::new();
        for PartitionContent { name, content } in &self.contents {
            let refused = |why: &str| ExtractError::Partition { name: name.clone(), why: why.to_owned() };
            if !(1..=MAX_NAME).contains(&name.len()) {
                return Err(refused("a name has 1 to 15 bytes"));
            }
            if placed.iter().any(|(known, _)| known.name == *name) {
                return Err(refused("it was given twice"));
            }
            let bytes = content.padded().ok_or_else(|| refused("no flash is so large"))?;
            let partition = match table.called(name) {
                Some(partition) => partition.clone(),
                None => added(name, bytes.len(), table).map_err(|why| refused(&why))?,
            };
            if bytes.len() > partition.size as usize {
                return Err(refused(&format!(
                    "it holds {} bytes, and {} are to go there",
                    partition.size,
                    bytes.len()
                )));
            }
            placed.push((partition, bytes));
        }
        Ok(placed)
    }
}

impl Content {
    fn padded(&self) -> Option<Vec<u8>> {
        let len = match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Empty(len) => *len,
        };
        let len = usize::try_from(Some(len).filter(|len| *len <= MAX_BYTES)?).ok()?;
        let mut bytes = match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Empty(_) => Vec::new(),
        };
        bytes.resize(len.next_multiple_of(SECTOR), 0);
        Some(bytes)
    }
}

fn added(name: &str, len: usize, table: &mut Table) -> Result<Partition, String> {
    let beyond = |_| "there is no room behind the other partitions".to_owned();
    let partition = Partition {
        name: name.to_owned(),
        kind: ADDED,
        subtype: 0,
        offset: u32::try_from(table.end()).map_err(beyond)?,
        size: u32::try_from(len).map_err(|_| "no flash is so large".to_owned())?,
        flags: 0,
    };
    table.add(partition.clone())?;
    Ok(partition)
}
