//! Where in a flash the settings of a device lie. The device's own code says so.

use skylift_updater::Region;

use crate::usb::UsbError;
use crate::usb::board::Table;

/// Where the settings lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The partition.
    pub partition: String,
    /// Its bytes.
    pub region: Region,
    /// Others keep things in it, too: what is theirs stays.
    pub shared: bool,
}

impl Place {
    /// Skylift's own partition.
    const OWN: &str = "skylift";

    /// The place in a table, on a flash of `capacity` bytes; `port` is who is spoken of.
    ///
    /// # Errors
    /// No device runs with this table, or it has no such place.
    pub fn in_table(table: &Table, capacity: u32, port: &str) -> Result<Self, UsbError> {
        let layout =
            table.layout(capacity).map_err(|problem| UsbError::Table { port: port.to_owned(), problem })?;
        let found = layout.settings.and_then(|region| {
            let partition = table.partitions.iter().find(|partition| partition.region() == region)?;
            let (label, shared) = (partition.label.clone(), partition.label != Self::OWN);
            Some(Self { partition: label, region, shared })
        });
        found.ok_or_else(|| UsbError::NoPlace { port: port.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u32 = 1 << 20;

    fn place(csv: &str) -> Result<Place, UsbError> {
        Place::in_table(&Table::from_csv(csv).unwrap(), 4 * MIB, "P")
    }

    #[test]
    fn settings_have_a_partition_of_their_own_or_share_one() {
        let own = Place::in_table(&Table::for_flash(4 * MIB).unwrap(), 4 * MIB, "P").unwrap();
        let region = Region { offset: 0x3D_0000, size: 0x1_0000 };
        assert_eq!(own, Place { partition: "skylift".to_owned(), region, shared: false });

        let foreign = "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n\
            app0, app, ota_0, 0x10000, 0x140000\napp1, app, ota_1, 0x150000, 0x140000\n";
        let region = Region { offset: 0x9000, size: 0x5000 };
        assert_eq!(place(foreign).unwrap(), Place { partition: "nvs".to_owned(), region, shared: true });
        let encrypted = format!("{foreign}nvs_key, data, nvs_keys, 0x3f0000, 0x1000\n");
        assert!(matches!(place(&encrypted), Err(UsbError::NoPlace { .. })));
        let one_slot = "nvs, data, nvs, 0x9000, 0x5000\nfactory, app, factory, 0x10000, 0x140000\n";
        assert!(matches!(place(one_slot), Err(UsbError::Table { .. })));
    }
}
