//! Who a Jaguar device says it is: the payload of its announcements and of `GET /identify`.

use std::net::SocketAddr;

use crate::toit::encoded::{Uuid, dashed};
use crate::toit::envelope::SDK;

/// Who a Jaguar device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id. Every firmware update gives it another one.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its chip, as Jaguar calls it.
    pub chip: String,
    /// The version of its SDK.
    pub sdk_version: String,
    /// Bytes of a word: 4 on chips.
    pub word_size: u8,
    /// Whether it is on a cable of a computer that speaks for it.
    pub proxied: bool,
}

/// How a device says it. Old ones speak UBJSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, with line ends and blanks in it.
    Json,
    /// UBJSON.
    Ubjson,
}

impl Identity {
    /// An ESP32 that no other test has.
    #[must_use]
    pub fn fresh(name: &str) -> Self {
        Self {
            id: fresh_uuid(),
            name: name.to_owned(),
            chip: "esp32".to_owned(),
            sdk_version: SDK.to_owned(),
            word_size: 4,
            proxied: false,
        }
    }

    /// Its id with dashes, as it stands on the wire.
    #[must_use]
    pub fn dashed(&self) -> String {
        dashed(&self.id)
    }

    /// Its id without dashes.
    #[must_use]
    pub fn plain(&self) -> String {
        self.dashed().replace('-', "")
    }

    /// What a device at this address says of itself.
    #[must_use]
    pub fn payload(&self, form: Form, address: SocketAddr) -> Vec<u8> {
        match form {
            Form::Json => self.json(address).into_bytes(),
            Form::Ubjson => self.ubjson(address),
        }
    }

    /// Strings are pasted in as they are, without escapes.
    fn json(&self, address: SocketAddr) -> String {
        let Self { name, chip, sdk_version, word_size, .. } = self;
        let proxied = if self.proxied { ",\n      \"proxied\": true" } else { "" };
        format!(
            "  {{ \"method\": \"jaguar.identify\",\n    \"payload\": {{\n      \"name\": \"{name}\",\n      \
             \"id\": \"{}\",\n      \"chip\": \"{chip}\",\n      \"sdkVersion\": \"{sdk_version}\",\n      \
             \"address\": \"http://{address}\",\n      \"wordSize\": {word_size}{proxied}\n    }}\n  }}\n",
            self.dashed()
        )
    }

    fn ubjson(&self, address: SocketAddr) -> Vec<u8> {
        let mut fields = vec![
            ("name", string(&self.name)),
            ("id", string(&self.dashed())),
            ("chip", string(&self.chip)),
            ("sdkVersion", string(&self.sdk_version)),
            ("address", string(&format!("http://{address}"))),
            ("wordSize", vec![b'U', self.word_size]),
        ];
        if self.proxied {
            fields.push(("proxied", vec![b'T']));
        }
        map(&[("method", string("jaguar.identify")), ("payload", map(&fields))])
    }
}

/// A random UUID.
#[must_use]
pub fn fresh_uuid() -> Uuid {
    let mut uuid = fastrand::u128(..).to_be_bytes();
    uuid[6] = uuid[6] & 0x0f | 0x40;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

/// A map of UBJSON whose values are encoded already.
fn map(fields: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![b'{', b'#', b'U', fields.len() as u8];
    for (key, value) in fields {
        bytes.extend([b'U', key.len() as u8]);
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(value);
    }
    bytes
}

/// A string of UBJSON of up to 255 bytes.
fn string(text: &str) -> Vec<u8> {
    let mut bytes = vec![b'S', b'U', u8::try_from(text.len()).unwrap()];
    bytes.extend_from_slice(text.as_bytes());
    bytes
}
