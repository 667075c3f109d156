//! Images that an SDK has made of snapshots. They help to make the firmware, and are not stored in the envelope's file.

use super::relocatable::Relocatable;
use super::snapshot::Bundle;
use super::{Envelope, EnvelopeError, Uuid};

/// The images, each behind the program it was made of.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Conversions(Vec<(Vec<u8>, Relocatable)>);

impl Envelope {
    /// Takes the image that the envelope's SDK has made of a snapshot, for containers that have or get this snapshot.
    ///
    /// # Errors
    /// It is no image for this envelope; the container is named.
    pub fn put_conversion(&mut self, name: &str, of: &Bundle, image: Vec<u8>) -> Result<(), EnvelopeError> {
        let image = self.own_image(name, image)?;
        let conversions = &mut self.conversions.0;
        conversions.retain(|(program, _)| *program != of.snapshot);
        conversions.push((of.snapshot.clone(), image));
        Ok(())
    }

    /// The image that the SDK has made of a snapshot, under the id that it was given.
    #[must_use]
    pub fn conversion(&self, of: &Bundle) -> Option<&Relocatable> {
        self.conversions.0.iter().find_map(|(program, image)| (*program == of.snapshot).then_some(image))
    }

    /// An image that fits the envelope.
    pub(super) fn own_image(&self, name: &str, image: Vec<u8>) -> Result<Relocatable, EnvelopeError> {
        let image = Relocatable::parse(image, self.word_size())
            .map_err(|why| EnvelopeError::Container { name: name.to_owned(), why })?;
        let (system, sdk) = (image.header().system, Uuid::sdk_uuid(self.sdk_version()));
        if system == sdk { Ok(image) } else { Err(EnvelopeError::OtherSystem { image: system, sdk }) }
    }
}
