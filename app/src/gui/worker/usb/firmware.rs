//! What is to be flashed, opened.

use skylift_protocol::Chip;

use super::error::TaskError;
use crate::gui::usb::form::Firmware as Chosen;
use crate::image::library::Library;
use crate::store::DataDir;
use crate::usb::flash::Firmware;

/// Opens what was chosen for a chip.
pub(super) fn open(data: &DataDir, chosen: &Chosen, chip: Chip) -> Result<Firmware, TaskError> {
    match chosen {
        Chosen::Fitting => Ok(Firmware::bundled(chip)?),
        Chosen::Bundled(chip) => Ok(Firmware::bundled(*chip)?),
        Chosen::Library(digest) => {
            let library = Library::new(data);
            let image = library.get(*digest).and_then(|entry| library.open(&entry))?;
            Ok(Firmware::app(image, "the library".to_owned()))
        }
        Chosen::Path(path) => Ok(Firmware::open(path, Some(chip))?),
    }
}
