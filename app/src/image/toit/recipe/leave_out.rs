//! Containers of the envelope that do not go into the image.

use super::{Recipe, RecipeError, SYSTEM};
use crate::image::envelope::{Envelope, EnvelopeError, is_container_name};

impl Recipe {
    /// A name that the envelope does not have is refused, because it is mistyped.
    pub(super) fn check_left_out(&self, envelope: &Envelope) -> Result<(), RecipeError> {
        for name in self.left_out() {
            if name == SYSTEM {
                return Err(RecipeError::SystemStays);
            }
            let containers: Vec<_> = containers(envelope).map(str::to_owned).collect();
            if !containers.iter().any(|container| container == name) {
                return Err(RecipeError::NotInEnvelope { name: name.to_owned(), containers });
            }
        }
        Ok(())
    }

    /// Takes them out of the envelope.
    pub(super) fn leave_out(&self, envelope: &mut Envelope) -> Result<(), EnvelopeError> {
        self.left_out().try_for_each(|name| envelope.uninstall(name))
    }

    /// A container whose place a program takes is replaced where it stands.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        let taken = |name: &str| self.programs.iter().any(|program| program.name == name);
        self.without.iter().map(String::as_str).filter(move |name| !taken(name))
    }
}

fn containers(envelope: &Envelope) -> impl Iterator<Item = &str> {
    let names = envelope.entries().map(|(name, _)| name);
    names.filter(|name| is_container_name(name) && *name != SYSTEM)
}
