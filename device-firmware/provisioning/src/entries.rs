//! The entries of the partition one by one: what it means that one is absent, and what that it cannot be read.

use alloc::string::String;
use alloc::vec::Vec;

use esp_nvs::error::Error;
use esp_nvs::{Get, Key, Nvs, Set};
use skylift_protocol::provisioning::{
    KEY_BOOTLOADER_ROLLS_BACK, KEY_NAME, KEY_NETWORKS, KEY_PAIRED, KEY_PAIRING, KEY_SECURE_FLOOR,
    KEY_SIGNED_ONLY, KEY_TRUST, NAMESPACE,
};
use skylift_protocol::{Floor, Networks, Pairing, Signers, Trust};
use skylift_updater::{Flash, Region};

use crate::storage::{self, Look, Storage, has_lost};

/// The value of a mark; that there is one is what counts.
const MARK: u8 = 1;

/// The entries of an open partition.
pub(crate) struct Entries<'a, F: Flash>(Nvs<Storage<'a, F>>);

/// What is found under a key.
enum Found<T> {
    Value(T),
    Nothing,
    Damage,
}

impl<'a, F: Flash> Entries<'a, F> {
    /// Opens the partition, twice: opening mends what a power cut left, and where more is damaged the first look may find
    /// less than the second.
    ///
    /// # Errors
    /// [`Error::CorruptedData`] if there are entries, but the namespace that made them readable is lost: a new one would
    /// make them look as if they had never been, or take over another's.
    pub fn open(flash: &'a mut F, region: Region) -> Result<Self, Error> {
        if storage::look(flash, region).map_err(|_| Error::FlashError)? == Look::Encrypted {
            return Err(Error::CorruptedData);
        }
        drop(look(&mut *flash, region)?);
        let entries = look(flash, region)?;
        if !entries.is_new() {
            return Ok(entries);
        }
        let Storage(flash) = entries.0.into_inner();
        match has_lost(flash, region, NAMESPACE) {
            Ok(false) => look(flash, region),
            Ok(true) => Err(Error::CorruptedData),
            Err(_) => Err(Error::FlashError),
        }
    }

    /// Nothing of ours was ever written. Others may have namespaces of theirs beside it.
    fn is_new(&self) -> bool {
        !self.0.namespaces().any(|namespace| *namespace == key(NAMESPACE))
    }

    /// From now on, what is overwritten or deleted is not left lying about in the flash.
    pub fn forget_for_good(&mut self) {
        self.0.set_purge_mode(true);
    }

    fn find<T>(&mut self, name: &str) -> Found<T>
    where
        Nvs<Storage<'a, F>>: Get<T>,
    {
        match self.0.get(&key(NAMESPACE), &key(name)) {
            Ok(value) => Found::Value(value),
            Err(Error::KeyNotFound | Error::NamespaceNotFound) => Found::Nothing,
            Err(_) => Found::Damage,
        }
    }

    fn is_marked(&mut self, mark: &str) -> bool {
        !matches!(self.find::<u8>(mark), Found::Nothing)
    }

    pub fn name(&mut self) -> String {
        match self.find(KEY_NAME) {
            Found::Value(name) => name,
            Found::Nothing | Found::Damage => String::new(),
        }
    }

    pub fn bootloader_rolls_back(&mut self) -> bool {
        matches!(self.find(KEY_BOOTLOADER_ROLLS_BACK), Found::Value(1_u8))
    }

    /// Provisioning always writes one: where it is missing, nobody knows how high it was.
    pub fn secure_floor(&mut self) -> Floor {
        match self.find(KEY_SECURE_FLOOR) {
            Found::Value(floor) => Floor::At(floor),
            Found::Nothing if self.is_new() => Floor::default(),
            Found::Nothing | Found::Damage => Floor::Unknown,
        }
    }

    /// A record that cannot be read trusts nobody; only where there never was one, everybody's images are taken.
    pub fn trust(&mut self) -> Trust {
        match self.find::<Vec<u8>>(KEY_TRUST) {
            Found::Value(record) => Trust::from_record(&record),
            Found::Nothing if !self.is_marked(KEY_SIGNED_ONLY) => Trust::Anybody,
            Found::Nothing | Found::Damage => Trust::in_signers(Signers::new()),
        }
    }

    /// A key that cannot be read lets nobody in; only where there never was one, everybody is.
    pub fn pairing(&mut self) -> Pairing {
        match self.find::<Vec<u8>>(KEY_PAIRING) {
            Found::Value(record) => Pairing::from_record(&record),
            Found::Nothing if !self.is_marked(KEY_PAIRED) => Pairing::Open,
            Found::Nothing | Found::Damage => Pairing::KeyDamaged,
        }
    }

    pub fn networks(&mut self) -> Networks {
        match self.find::<Vec<u8>>(KEY_NETWORKS) {
            Found::Value(record) => Networks::from_record(&record).unwrap_or_default(),
            Found::Nothing | Found::Damage => Networks::new(),
        }
    }

    pub fn set<T>(&mut self, name: &str, value: T) -> Result<(), Error>
    where
        Nvs<Storage<'a, F>>: Set<T>,
    {
        self.0.set(&key(NAMESPACE), &key(name), value)
    }

    pub fn delete(&mut self, name: &str) -> Result<(), Error> {
        self.0.delete(&key(NAMESPACE), &key(name))
    }

    /// Writes a record and its mark, or deletes both. In this order it is never the record alone that is missing.
    pub fn put_marked(&mut self, mark: &str, name: &str, record: Option<&[u8]>) -> Result<(), Error> {
        match record {
            Some(record) => {
                self.set(mark, MARK)?;
                self.set(name, record)
            }
            None => {
                self.delete(name)?;
                self.delete(mark)
            }
        }
    }
}

/// Opens the partition once.
fn look<F: Flash>(flash: &mut F, region: Region) -> Result<Entries<'_, F>, Error> {
    Nvs::new(region.offset as usize, region.size as usize, Storage(flash)).map(Entries)
}

fn key(name: &str) -> Key {
    Key::from_str(name)
}
