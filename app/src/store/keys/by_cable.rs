//! Keys that are written to devices by cable: `keys/ID.new` is one that is on its way. The key before stays until the
//! device has it.

use std::path::PathBuf;

use skylift_protocol::Id;
use skylift_protocol::auth::PairingKey;

use super::{KeyStore, KeyStoreError, remove};
use crate::advice::Advice as _;
use crate::engine::is_device_id;
use crate::image::write_private;
use crate::usb::UsbError;
use crate::usb::provision::KeyVault;

const ENDING: &str = "new";

impl KeyStore {
    /// Where the key of a device is kept until the device has it.
    pub(super) fn drawn(&self, device: &Id) -> PathBuf {
        self.folder.join(format!("{device}.{ENDING}"))
    }

    fn draw_new(&self, device: &Id) -> Result<PairingKey, KeyStoreError> {
        let path = self.drawn(device);
        if !is_device_id(device) {
            return Err(KeyStoreError::NotAKey(path));
        }
        let key = Self::random()?;
        let _alone = self.alone()?;
        write_private(&path, key.reveal()).map_err(|error| KeyStoreError::Io { path, error })?;
        Ok(key)
    }

    fn settle_on(&self, device: &Id, key: &PairingKey) -> Result<(), KeyStoreError> {
        self.put(device, key, true)?;
        remove(self.drawn(device)).map(drop)
    }
}

impl KeyVault for KeyStore {
    fn draw(&self, device: &Id) -> Result<PairingKey, UsbError> {
        self.draw_new(device).map_err(UsbError::from)
    }

    fn settle(&self, device: &Id, key: &PairingKey) -> Result<(), UsbError> {
        self.settle_on(device, key).map_err(UsbError::from)
    }
}

impl From<KeyStoreError> for UsbError {
    fn from(error: KeyStoreError) -> Self {
        Self::Key { sentence: error.to_string(), advice: error.advice() }
    }
}

#[cfg(test)]
mod tests {
    use skylift_protocol::bounded;

    use super::super::Imported;
    use super::*;
    use crate::store::DataDir;

    #[test]
    fn the_key_before_counts_until_the_device_has_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, id) = (KeyStore::new(&DataDir::new(Some(folder.path().to_owned()))), bounded("esp-1"));
        let before = KeyStore::random().unwrap();
        assert_eq!(keys.put(&id, &before, false).unwrap(), Imported::New);

        let drawn = keys.draw(&id).unwrap();
        assert_eq!((keys.get(&id).unwrap(), keys.list().unwrap().len()), (Some(before), 1));
        assert_eq!(std::fs::read(keys.drawn(&id)).unwrap(), drawn.reveal());
        keys.settle(&id, &drawn).unwrap();
        assert_eq!(keys.get(&id).unwrap(), Some(drawn));
        assert!(!keys.drawn(&id).exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_on_its_way_is_for_its_owner_alone_and_is_forgotten_with_the_other() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (keys, id) = (KeyStore::new(&DataDir::new(Some(folder.path().to_owned()))), bounded("esp-1"));
        keys.draw(&id).unwrap();
        assert_eq!(keys.drawn(&id).metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!keys.forget(&id).unwrap(), "there was none that counted");
        assert!(!keys.drawn(&id).exists());
    }
}
