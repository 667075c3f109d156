//! The containers that are installed in an envelope, as a list for people and programs.

use super::super::relocatable::Relocatable;
use super::super::snapshot::Bundle;
use super::super::{Envelope, EnvelopeError, Uuid};
use super::{CRITICAL, Importance, RUN_AT_BOOT, Start, Trigger, assets_entry, is_container_name};

/// An installed container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is stored as.
    pub content: Content,
    /// Its id with the assets that are stored with it.
    pub id: Uuid,
    /// The size of what is stored, in bytes.
    pub size: usize,
    /// How it runs.
    pub start: Start,
    /// Its assets, encoded.
    pub assets: Option<&'a [u8]>,
}

/// What a container is stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A snapshot, to be converted when the firmware is made.
    Snapshot,
    /// An image that is ready.
    Image,
}

impl Envelope {
    /// The containers in the order they stand in.
    ///
    /// # Errors
    /// One of them is neither a snapshot nor an image, or its flags are damaged.
    pub fn containers(&self) -> Result<Vec<Container<'_>>, EnvelopeError> {
        self.entries()
            .filter(|(name, _)| is_container_name(name))
            .map(|(name, bytes)| self.container(name, bytes))
            .collect()
    }

    fn container<'a>(&'a self, name: &'a str, bytes: &[u8]) -> Result<Container<'a>, EnvelopeError> {
        let assets = self.entry(&assets_entry(name));
        let (content, id) = if Bundle::is_snapshot(bytes) {
            let broken = |error| EnvelopeError::Snapshot { name: name.to_owned(), error };
            let bundle = Bundle::parse(bytes).map_err(broken)?;
            (Content::Snapshot, bundle.container_id(assets))
        } else {
            let image = Relocatable::parse(bytes, self.word_size())
                .map_err(|why| EnvelopeError::Container { name: name.to_owned(), why })?;
            (Content::Image, image.header().id)
        };
        Ok(Container { name, content, id, size: bytes.len(), start: self.start(name)?, assets })
    }

    fn start(&self, name: &str) -> Result<Start, EnvelopeError> {
        let flags = self.flags(name)?;
        Ok(Start {
            trigger: if flags & RUN_AT_BOOT == 0 { Trigger::None } else { Trigger::Boot },
            importance: if flags & CRITICAL == 0 { Importance::Normal } else { Importance::Critical },
        })
    }
}
