//! The networks that boards were given, so that nobody types them again: `networks.json` in the data folder, for the
//! eyes of its owner alone. Passwords are in there and nowhere else.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use skylift_protocol::{Network, Password, Ssid};

use super::DataDir;
use super::kept::{KeptError, lock, read, write};
use super::keys::{KeyStoreError, exposure};
use crate::advice::Advice;

const FILE: &str = "networks.json";
const LOCK: &str = "networks.lock";
/// More are not kept; those that were used longest ago go.
const MOST: usize = 64;

/// Why remembered networks are not used.
#[derive(Debug, thiserror::Error)]
pub enum NetworksError {
    /// Their file cannot be used.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// Others may read it.
    #[error(transparent)]
    Exposed(#[from] KeyStoreError),
}

impl Advice for NetworksError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Kept(error) => error.advice(),
            Self::Exposed(KeyStoreError::Exposed { path, wanted, .. }) => {
                vec![format!("chmod {wanted:03o} {}", path.display())]
            }
            Self::Exposed(error) => error.advice(),
        }
    }
}

/// A network that is remembered, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedNetwork {
    /// Its name.
    pub ssid: Ssid,
    /// It has no password.
    pub open: bool,
    /// When a board was given it last.
    pub used: SystemTime,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    ssid: Ssid,
    password: Password,
    /// Seconds since 1970.
    used: u64,
}

/// The networks that are remembered.
#[derive(Clone, Debug)]
pub struct NetworkList(DataDir);

impl NetworkList {
    /// The networks in a data folder. Nothing is created before there is one.
    #[must_use]
    pub fn new(data: &DataDir) -> Self {
        Self(data.clone())
    }

    /// All of them, the last used first.
    ///
    /// # Errors
    /// They cannot be read, or others can read them as well.
    pub fn list(&self) -> Result<Vec<RememberedNetwork>, NetworksError> {
        let shown = |entry: Entry| RememberedNetwork {
            open: entry.password.is_open(),
            used: UNIX_EPOCH + std::time::Duration::from_secs(entry.used),
            ssid: entry.ssid,
        };
        Ok(self.load()?.into_iter().map(shown).collect())
    }

    /// A network with its password; `None` if it is not remembered.
    ///
    /// # Errors
    /// As for [`list`](Self::list).
    pub fn get(&self, ssid: &str) -> Result<Option<Network>, NetworksError> {
        let found = self.load()?.into_iter().find(|entry| entry.ssid == ssid);
        Ok(found.map(|entry| Network { ssid: entry.ssid, password: entry.password }))
    }

    /// Remembers a network, in place of another one of its name.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn remember(&self, network: &Network) -> Result<(), NetworksError> {
        let used = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let entry = Entry { ssid: network.ssid.clone(), password: network.password.clone(), used };
        self.change(|all| {
            all.retain(|known| known.ssid != entry.ssid);
            all.insert(0, entry);
            all.truncate(MOST);
        })
    }

    /// Forgets a network; `false` if it was not remembered.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn forget(&self, ssid: &str) -> Result<bool, NetworksError> {
        let mut was_there = false;
        self.change(|all| {
            was_there = all.iter().any(|known| known.ssid == ssid);
            all.retain(|known| known.ssid != ssid);
        })?;
        Ok(was_there)
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Entry>)) -> Result<(), NetworksError> {
        let _alone = lock(&self.0, LOCK)?;
        let mut all = self.load()?;
        change(&mut all);
        Ok(write(&self.path(), &all)?)
    }

    /// What is no network, because somebody else wrote it, is left out.
    fn load(&self) -> Result<Vec<Entry>, NetworksError> {
        let path = self.path();
        match File::open(&path).and_then(|file| file.metadata()) {
            Ok(found) => exposure::check_file(&path, &found)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(KeptError::Io { path, error }.into()),
        }
        let mut all: Vec<Entry> = read(&path)?.unwrap_or_default();
        all.retain(|entry| {
            let network = Network { ssid: entry.ssid.clone(), password: entry.password.clone() };
            network.check().is_ok()
        });
        Ok(all)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join(FILE)
    }
}

#[cfg(test)]
mod tests {
    use skylift_protocol::bounded;

    use super::*;

    fn network(ssid: &str, password: &str) -> Network {
        Network { ssid: bounded(ssid), password: Password::new(password).unwrap() }
    }

    fn list(folder: &tempfile::TempDir) -> NetworkList {
        NetworkList::new(&DataDir::new(Some(folder.path().join("data"))))
    }

    #[test]
    fn the_last_used_comes_first_and_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let list = list(&folder);
        assert_eq!(list.list().unwrap(), []);
        for (ssid, password) in [("den", "open sesame"), ("guests", ""), ("den", "another one")] {
            list.remember(&network(ssid, password)).unwrap();
        }
        let shown: Vec<_> =
            list.list().unwrap().into_iter().map(|it| (it.ssid.to_string(), it.open)).collect();
        assert_eq!(shown, [("den".to_owned(), false), ("guests".to_owned(), true)]);
        assert_eq!(list.get("den").unwrap(), Some(network("den", "another one")));
        assert_eq!(list.get("Den").unwrap(), None);
        assert!(list.forget("den").unwrap() && !list.forget("den").unwrap());
        assert_eq!(list.get("den").unwrap(), None);
    }

    #[test]
    fn there_are_never_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let list = list(&folder);
        (0..MOST + 3).for_each(|n| list.remember(&network(&format!("net {n}"), "")).unwrap());
        let all = list.list().unwrap();
        assert_eq!((all.len(), all[0].ssid.as_str()), (MOST, "net 66"));
    }

    #[cfg(unix)]
    #[test]
    fn they_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let list = list(&folder);
        list.remember(&network("den", "open sesame")).unwrap();
        assert_eq!(list.path().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(list.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = list.get("den").unwrap_err();
        assert!(error.to_string().contains("can be read or changed by other users"), "{error}");
        assert!(error.advice()[0].starts_with("chmod 600 "), "{:?}", error.advice());
    }

    #[test]
    fn what_is_no_network_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let list = list(&folder);
        list.remember(&network("den", "short")).unwrap();
        assert_eq!(list.list().unwrap(), []);
    }
}
