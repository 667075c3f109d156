//! The keys and values that a board keeps, as far as they may be shown.

use std::panic::{AssertUnwindSafe, catch_unwind};

use esp_nvs::mem_flash::MemFlash;
use esp_nvs::raw::ItemType;
use esp_nvs::{Get, Key, Nvs};

use super::Partition;
use super::reader::Reader;
use crate::usb::UsbError;

/// Larger partitions are not read for this.
const MAX_BYTES: u32 = 256 << 10;
/// More keys are not listed.
const MAX_KEYS: usize = 500;
/// Characters of a text that are shown.
const MAX_TEXT: usize = 80;

/// What names of keys have in them whose value is nobody else's business.
const SECRETS: [&str; 12] =
    ["pass", "pswd", "pwd", "psk", "pmk", "key", "secret", "token", "auth_", "cert", "priv", "pin"];
/// Where Skylift keeps keys and passwords; its other values are shown elsewhere.
const OURS: &str = skylift_protocol::provisioning::NAMESPACE;

/// A key that a board keeps. Its texts come from anybody: they are not fit for a terminal as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The partition it is in.
    pub partition: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub key: String,
    /// What its value is: `u8`, `string`, `blob`.
    pub kind: &'static str,
    /// Its value.
    pub value: Shown,
}

/// A value, as far as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In full, or its beginning.
    Value(String),
    /// Of bytes, how many.
    Bytes(usize),
    /// It looks like a secret.
    Hidden,
    /// It cannot be read.
    Unreadable,
}

/// Reads the keys of all NVS partitions. One that is damaged or encrypted has none.
pub(super) fn read(reader: &mut Reader<'_, '_>, partitions: &[Partition]) -> Result<Vec<Setting>, UsbError> {
    let mut settings = Vec::new();
    for partition in partitions.iter().filter(|partition| partition.is_nvs() && partition.size <= MAX_BYTES) {
        let bytes = reader.bytes(partition.offset, partition.size as usize)?;
        // What is in there is anybody's.
        let listed = catch_unwind(AssertUnwindSafe(|| list(&partition.label, bytes)));
        settings.extend(listed.ok().flatten().unwrap_or_default());
    }
    settings.truncate(MAX_KEYS);
    Ok(settings)
}

fn list(partition: &str, bytes: Vec<u8>) -> Option<Vec<Setting>> {
    if bytes.iter().all(|&byte| byte == 0xFF) {
        return None;
    }
    let size = bytes.len();
    let mut nvs = Nvs::new(0, size, MemFlash::from_bytes(bytes)).ok()?;
    let entries: Vec<_> = nvs.typed_entries().take(MAX_KEYS).filter_map(Result::ok).collect();
    let setting = |(namespace, key, kind): (Key, Key, _)| {
        let (kind, value) = value(&mut nvs, &namespace, &key, kind);
        Setting {
            partition: partition.to_owned(),
            namespace: namespace.as_str().to_owned(),
            key: key.as_str().to_owned(),
            kind,
            value,
        }
    };
    Some(entries.into_iter().map(setting).collect())
}

fn value(nvs: &mut Nvs<MemFlash>, namespace: &Key, key: &Key, kind: ItemType) -> (&'static str, Shown) {
    let hidden = is_secret(namespace.as_str(), key.as_str());
    let (kind, value) = match kind {
        ItemType::U8 => ("u8", number::<u8>(nvs, namespace, key)),
        ItemType::I8 => ("i8", number::<i8>(nvs, namespace, key)),
        ItemType::U16 => ("u16", number::<u16>(nvs, namespace, key)),
        ItemType::I16 => ("i16", number::<i16>(nvs, namespace, key)),
        ItemType::U32 => ("u32", number::<u32>(nvs, namespace, key)),
        ItemType::I32 => ("i32", number::<i32>(nvs, namespace, key)),
        ItemType::U64 => ("u64", number::<u64>(nvs, namespace, key)),
        ItemType::I64 => ("i64", number::<i64>(nvs, namespace, key)),
        ItemType::Sized => ("string", text(nvs, namespace, key)),
        _ => ("blob", blob(nvs, namespace, key)),
    };
    (kind, if hidden { Shown::Hidden } else { value })
}

fn number<T: ToString>(nvs: &mut Nvs<MemFlash>, namespace: &Key, key: &Key) -> Shown
where
    Nvs<MemFlash>: Get<T>,
{
    nvs.get(namespace, key).map_or(Shown::Unreadable, |number: T| Shown::Value(number.to_string()))
}

fn text(nvs: &mut Nvs<MemFlash>, namespace: &Key, key: &Key) -> Shown {
    let text: Result<String, _> = nvs.get(namespace, key);
    text.map_or(Shown::Unreadable, |text| {
        let mut shown: String = text.chars().take(MAX_TEXT).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Shown::Value(shown)
    })
}

fn blob(nvs: &mut Nvs<MemFlash>, namespace: &Key, key: &Key) -> Shown {
    let blob: Result<Vec<u8>, _> = nvs.get(namespace, key);
    blob.map_or(Shown::Unreadable, |bytes| Shown::Bytes(bytes.len()))
}

/// A name that sounds like one; of what Skylift keeps, everything that is no plain mark or figure.
fn is_secret(namespace: &str, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRETS.iter().any(|secret| key.contains(secret)) || namespace == OURS && key == "networks"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Vec<u8> {
        let mut nvs = Nvs::new(0, 0x4000, MemFlash::new(4)).unwrap();
        let (wifi, ours) = (Key::from_str("nvs.net80211"), Key::from_str(OURS));
        nvs.set(&wifi, &Key::from_str("sta.pswd"), "correct horse").unwrap();
        nvs.set(&wifi, &Key::from_str("sta.chan"), 6_u8).unwrap();
        nvs.set(&wifi, &Key::from_str("greeting"), "good\u{1b}[31m morning").unwrap();
        nvs.set(&ours, &Key::from_str("networks"), [7_u8; 40].as_slice()).unwrap();
        nvs.set(&ours, &Key::from_str("trust"), [7_u8; 65].as_slice()).unwrap();
        nvs.into_inner().into_inner()
    }

    #[test]
    fn secrets_are_hidden_and_the_rest_is_shown() {
        let settings = list("nvs", made()).unwrap();
        let of = |key: &str| {
            let setting = settings.iter().find(|setting| setting.key == key).unwrap();
            (setting.kind, setting.value.clone())
        };
        assert_eq!(of("sta.pswd"), ("string", Shown::Hidden));
        assert_eq!(of("sta.chan"), ("u8", Shown::Value("6".to_owned())));
        assert_eq!(of("networks"), ("blob", Shown::Hidden));
        assert_eq!(of("trust"), ("blob", Shown::Bytes(65)));
        assert!(!format!("{settings:?}").contains("horse"));
    }

    #[test]
    fn damage_is_no_settings_and_no_panic() {
        let whole = made();
        for at in (0..0x300).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x5A;
            let _ = catch_unwind(|| list("nvs", bytes)).expect("no panic");
        }
        assert_eq!(list("nvs", vec![0xFF; 0x4000]), None);
    }
}
