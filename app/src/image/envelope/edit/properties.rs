//! The properties of an envelope, and the WiFi among them.

use skylift_protocol::{Network, NetworkFlaw, Password, Ssid};

use super::super::file::PROPERTIES;
use super::super::value::put;
use super::super::{Envelope, EnvelopeError, Uuid, Value};

const SDK_VERSION: &str = "sdk-version";
const UUID: &str = "uuid";
const WIFI: &str = "wifi";
const WIFI_SSID: &str = "wifi.ssid";
const WIFI_PASSWORD: &str = "wifi.password";

impl Envelope {
    /// A property.
    #[must_use]
    pub fn property(&self, key: &str) -> Option<&Value> {
        self.properties().iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The properties that are the user's: all but those that begin with `$`.
    #[must_use]
    pub fn user_properties(&self) -> Value {
        let own = self.properties().iter().filter(|(key, _)| !key.starts_with('$'));
        Value::Map(own.cloned().collect())
    }

    /// Sets a property. One that is there keeps its place. Like Toit's tool it takes any `wifi`: see
    /// [`Envelope::wifi`].
    ///
    /// # Errors
    /// The key is reserved, `uuid` is no UUID, or JSON does not have the value.
    pub fn set_property(&mut self, key: &str, value: Value) -> Result<(), EnvelopeError> {
        check_key(key)?;
        if key == UUID {
            value.as_text().unwrap_or_default().parse::<Uuid>()?;
        }
        let mut properties = self.properties().to_vec();
        put(&mut properties, key, value);
        self.set_properties(properties)
    }

    /// Removes a property. It is no error if there is none.
    ///
    /// # Errors
    /// The key is reserved.
    pub fn remove_property(&mut self, key: &str) -> Result<(), EnvelopeError> {
        check_key(key)?;
        let kept = self.properties().iter().filter(|(known, _)| known != key).cloned().collect();
        self.rewrite_properties(kept)
    }

    /// Toit's tool writes the properties anew even if nothing went, and adds none where there were none.
    pub(super) fn rewrite_properties(
        &mut self,
        properties: Vec<(String, Value)>,
    ) -> Result<(), EnvelopeError> {
        if self.entry(PROPERTIES).is_some() { self.set_properties(properties) } else { Ok(()) }
    }

    /// The network that devices join; `None` if none is named, or it cannot be one.
    #[must_use]
    pub fn wifi(&self) -> Option<Network> {
        network(self.property(WIFI)?).ok()
    }

    /// Sets the network that devices join.
    ///
    /// # Errors
    /// It breaks the rules of WPA2.
    pub fn set_wifi(&mut self, network: &Network) -> Result<(), EnvelopeError> {
        let text = |text: &str| Value::Text(text.to_owned());
        let value = Value::Map(vec![
            (WIFI_SSID.to_owned(), text(&network.ssid)),
            (WIFI_PASSWORD.to_owned(), text(network.password.reveal())),
        ]);
        self::network(&value)?;
        self.set_property(WIFI, value)
    }
}

fn check_key(key: &str) -> Result<(), EnvelopeError> {
    if key == SDK_VERSION || key.starts_with('$') {
        return Err(EnvelopeError::Reserved(key.to_owned()));
    }
    Ok(())
}

fn network(value: &Value) -> Result<Network, EnvelopeError> {
    const SSID: &str = "`wifi.ssid` must have 1 to 32 bytes, without control characters";
    const PASSWORD: &str =
        "`wifi.password` must have 8 to 63 characters, or 64 hex digits; it is empty for an open network";
    let field = |key| match value.get(key) {
        None => Some(""),
        Some(value) => value.as_text(),
    };
    let ssid = field(WIFI_SSID).and_then(|text| Ssid::try_from(text).ok());
    let password = field(WIFI_PASSWORD).and_then(Password::new);
    let network = Network {
        ssid: ssid.ok_or(EnvelopeError::Wifi(SSID))?,
        password: password.ok_or(EnvelopeError::Wifi(PASSWORD))?,
    };
    match network.check() {
        Ok(()) => Ok(network),
        Err(NetworkFlaw::Ssid) => Err(EnvelopeError::Wifi(SSID)),
        Err(NetworkFlaw::Password) => Err(EnvelopeError::Wifi(PASSWORD)),
    }
}
