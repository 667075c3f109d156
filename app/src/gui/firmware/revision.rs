//! Which revisions of its chip an image runs on, from its header.

/// Where `min_chip_rev_full` and `max_chip_rev_full` are in ESP-IDF's `esp_image_header_t`; both are
/// 100 times the major revision, plus the minor one.
const MIN_AT: usize = 15;
const MAX_AT: usize = 17;
/// ESP-IDF's word for "no limit".
const ANY: u16 = 65535;

/// `Any revision`, `Revision 0.3 or later`, `Revision 0.3 to 1.99`; `None` if there is no header.
#[must_use]
pub fn revisions(image: &[u8]) -> Option<String> {
    let at = |place: usize| {
        let bytes: [u8; 2] = image.get(place..place + 2)?.try_into().ok()?;
        Some(u16::from_le_bytes(bytes))
    };
    let (least, most) = (at(MIN_AT)?, at(MAX_AT)?);
    // Builds from before these fields have zeros there.
    let limited = most != ANY && most != 0;
    Some(match (least, limited) {
        (0, false) => "any revision".to_owned(),
        (least, false) => format!("revision {} or later", shown(least)),
        (0, true) => format!("revision {} or earlier", shown(most)),
        (least, true) => format!("revision {} to {}", shown(least), shown(most)),
    })
}

fn shown(revision: u16) -> String {
    format!("{}.{}", revision / 100, revision % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_read() {
        let header = |least: u16, most: u16| {
            let mut bytes = vec![0; 24];
            bytes[MIN_AT..MIN_AT + 2].copy_from_slice(&least.to_le_bytes());
            bytes[MAX_AT..MAX_AT + 2].copy_from_slice(&most.to_le_bytes());
            bytes
        };
        let told = |least, most| revisions(&header(least, most)).unwrap();
        assert_eq!(told(0, 0), "any revision");
        assert_eq!(told(0, 65535), "any revision");
        assert_eq!(told(3, 65535), "revision 0.3 or later");
        assert_eq!(told(3, 199), "revision 0.3 to 1.99");
        assert_eq!(told(0, 199), "revision 1.99 or earlier");
        assert_eq!(revisions(&[0; 18]), None);
    }
}
