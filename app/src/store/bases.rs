//! The images that devices may run, for the engine: those that were sent or flashed, those of the library, and the
//! firmware that comes with Skylift.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use skylift_protocol::Digest;

use super::DataDir;
use crate::engine::BaseShelf;
use crate::image::Image;
use crate::image::bundled::BundledFirmware;
use crate::image::library::{Library, SentImages};

/// The firmware that comes with Skylift, judged once.
static BUNDLED: LazyLock<HashMap<Digest, Arc<Image>>> = LazyLock::new(|| {
    let images = BundledFirmware::all().filter_map(|firmware| firmware.image().ok());
    images.map(|image| (image.image_sha256, Arc::new(image))).collect()
});

/// The images of a data folder, by the digest that devices tell.
#[derive(Clone, Debug)]
pub struct Bases {
    library: Library,
    sent: SentImages,
}

impl Bases {
    /// Those of a data folder. Images that tracked sources had are in its library.
    #[must_use]
    pub fn new(data_dir: &DataDir) -> Self {
        Self { library: Library::new(data_dir), sent: SentImages::new(data_dir) }
    }

    /// Keeps the image of a device's first flash, or of one by cable, as one that was sent over the air is kept. Without
    /// Skylift in it, what is sent from here is no concern of the device.
    pub fn flashed(&self, image: &Image) {
        if image.guard().is_some() {
            self.sent(image);
        }
    }

    fn in_library(&self, image_sha256: Digest) -> Option<Image> {
        let entries = self.library.list().ok()?.entries;
        let mut found = entries.iter().filter(|entry| entry.image_sha256 == image_sha256);
        found.find_map(|entry| self.library.open(entry).ok())
    }
}

impl BaseShelf for Bases {
    fn image(&self, image_sha256: Digest) -> Option<Arc<Image>> {
        let found = self.sent.get(image_sha256).or_else(|| self.in_library(image_sha256));
        // Whatever the name of a file says.
        let found = found.filter(|image| image.image_sha256 == image_sha256).map(Arc::new);
        found.or_else(|| BUNDLED.get(&image_sha256).cloned())
    }

    fn sent(&self, image: &Image) {
        // Without it the next update has more bytes, and is none the worse.
        let _ = self.sent.keep(image);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use skylift_simulator::demo_image::DemoImage;

    use super::*;

    #[test]
    fn what_was_flashed_is_a_base_if_skylift_is_in_it() {
        let temp = tempfile::tempdir().unwrap();
        let bases = Bases::new(&DataDir::new(Some(temp.path().join("skylift"))));
        let demo = DemoImage { size: 8192, ..DemoImage::default() };
        let image = |bytes: Vec<u8>| Image::from_bytes(Path::new("ota.bin"), bytes).unwrap();
        let (ours, foreign) = (image(demo.build().unwrap()), image(demo.foreign().unwrap()));
        bases.flashed(&ours);
        bases.flashed(&foreign);
        assert_eq!(bases.image(ours.image_sha256).unwrap().bytes, ours.bytes);
        assert_eq!(bases.image(foreign.image_sha256), None);
    }

    #[test]
    fn what_comes_with_skylift_is_a_base() {
        let temp = tempfile::tempdir().unwrap();
        let bases = Bases::new(&DataDir::new(Some(temp.path().join("skylift"))));
        for firmware in BundledFirmware::all() {
            let image = firmware.image().unwrap();
            assert_eq!(bases.image(image.image_sha256).unwrap().bytes, image.bytes);
        }
    }
}
