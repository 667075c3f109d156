//! Where an engine gets the images that devices run, so that what is sent can be a delta. It knows of no files.

use std::sync::Arc;

use skylift_protocol::Digest;

use crate::image::Image;

/// The images of this computer, by the digest that devices tell.
pub trait BaseShelf: Send + Sync {
    /// The image of this `image_sha256`, read and checked again; `None` if it is not here. It may block for as long as
    /// reading files takes.
    fn image(&self, image_sha256: Digest) -> Option<Arc<Image>>;

    /// An image was sent to a device, which will run it: the next update may be a delta against it. It may block as well.
    fn sent(&self, image: &Image);
}
