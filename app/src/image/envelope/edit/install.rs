//! Installing a container and uninstalling one.

use super::super::snapshot::Bundle;
use super::super::value::put;
use super::super::{Envelope, EnvelopeError, Value, assets};
use super::{CRITICAL, FLAGS, RUN_AT_BOOT, assets_entry, check_name, flags_of};

/// What starts a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// The device has booted.
    #[default]
    Boot,
    /// Another container.
    None,
}

/// What the end of a container means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Importance {
    /// The others go on.
    #[default]
    Normal,
    /// The device reboots if it fails.
    Critical,
}

/// How a container runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// What starts it.
    pub trigger: Trigger,
    /// What its end means.
    pub importance: Importance,
}

impl Start {
    const fn bits(self) -> i64 {
        let boot = if matches!(self.trigger, Trigger::Boot) { RUN_AT_BOOT } else { 0 };
        let critical = if matches!(self.importance, Importance::Critical) { CRITICAL } else { 0 };
        boot | critical
    }
}

impl Envelope {
    /// Installs a container, in place of the one that has its name; the assets of that one go.
    ///
    /// # Errors
    /// The name is none, or snapshot, image or assets cannot be used with this envelope. It is unchanged then.
    pub fn install(
        &mut self,
        name: &str,
        content: Vec<u8>,
        assets: Option<Vec<u8>>,
        start: Start,
    ) -> Result<(), EnvelopeError> {
        check_name(name)?;
        self.check_content(name, &content)?;
        if let Some(blob) = &assets {
            assets::decode(blob).map_err(|why| EnvelopeError::Assets { name: name.to_owned(), why })?;
        }
        let mut properties = self.properties().to_vec();
        let mut flags = flags_of(&properties)?.unwrap_or_default();
        put(&mut flags, name, Value::Int(start.bits()));
        put(&mut properties, FLAGS, Value::Map(flags));
        self.put_entry(name, content);
        match assets {
            Some(blob) => self.put_entry(&assets_entry(name), blob),
            None => self.remove_entry(&assets_entry(name)),
        }
        self.set_properties(properties)
    }

    /// Takes out a container with its assets and flags. It is no error if there is none.
    ///
    /// # Errors
    /// No container can have this name, or the envelope's flags are damaged.
    pub fn uninstall(&mut self, name: &str) -> Result<(), EnvelopeError> {
        check_name(name)?;
        let mut properties = self.properties().to_vec();
        let flags = flags_of(&properties)?;
        self.remove_entry(name);
        self.remove_entry(&assets_entry(name));
        if let Some(mut flags) = flags {
            flags.retain(|(known, _)| known != name);
            put(&mut properties, FLAGS, Value::Map(flags));
        }
        self.rewrite_properties(properties)
    }

    fn check_content(&self, name: &str, content: &[u8]) -> Result<(), EnvelopeError> {
        if Bundle::is_snapshot(content) {
            let broken = |error| EnvelopeError::Snapshot { name: name.to_owned(), error };
            let bundle = Bundle::parse(content).map_err(broken)?;
            if bundle.sdk_version != self.sdk_version() {
                let envelope = self.sdk_version().to_owned();
                return Err(EnvelopeError::OtherSdk { snapshot: bundle.sdk_version, envelope });
            }
            return Ok(());
        }
        self.own_image(name, content.to_vec()).map(drop)
    }
}
