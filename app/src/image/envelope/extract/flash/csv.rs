//! Partition tables as people write them: a line a partition.

use super::table::Partition;

/// What a table that is typed has at most.
const MAX_BYTES: usize = 64 * 1024;

const APP: u8 = 0;
const DATA: u8 = 1;
const ENCRYPTED: u32 = 1;
const READ_ONLY: u32 = 2;

/// Subtypes by name; those of the slots are counted.
const APPS: [(&str, u8); 2] = [("factory", 0), ("test", 0x20)];
const SLOT: &str = "ota_";
const SLOTS: u8 = 16;
const FIRST_SLOT: u8 = 0x10;
/// Of data, and of all types that have no names of their own.
const OTHERS: [(&str, u8); 10] = [
    ("ota", 0),
    ("phy", 1),
    ("nvs", 2),
    ("coredump", 3),
    ("nvs_keys", 4),
    ("efuse", 5),
    ("undefined", 6),
    ("fat", 0x81),
    ("spiffs", 0x82),
    ("littlefs", 0x83),
];

/// The partitions of a CSV. What is wrong is half a sentence, with the number of the line.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Partition>, String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_BYTES);
    let text = text.ok_or("it is neither a table of ESP-IDF nor a CSV")?;
    let mut partitions: Vec<Partition> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let partition = partition(line, partitions.last());
        partitions.push(partition.map_err(|why| format!("line {}: {why}", index + 1))?);
    }
    Ok(partitions)
}

fn partition(line: &str, before: Option<&Partition>) -> Result<Partition, String> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [name, kind, subtype, offset, size, rest @ ..] = fields.as_slice() else {
        return Err("a partition has a name, a type, a subtype, an offset and a size".to_owned());
    };
    let kind = match *kind {
        "app" => APP,
        "data" => DATA,
        other => byte(other)?,
    };
    Ok(Partition {
        name: (*name).to_owned(),
        kind,
        subtype: subtype_of(kind, subtype).map_or_else(|| byte(subtype), Ok)?,
        offset: if offset.is_empty() { behind(before)? } else { number(offset)? },
        size: number(size)?,
        flags: flags(rest.first().copied().unwrap_or_default())?,
    })
}

fn subtype_of(kind: u8, name: &str) -> Option<u8> {
    let named =
        |list: &[(&str, u8)]| list.iter().find(|(known, _)| *known == name).map(|(_, subtype)| *subtype);
    if kind != APP {
        return named(&OTHERS);
    }
    let slot = |number: &u8| name.strip_prefix(SLOT) == Some(number.to_string().as_str());
    named(&APPS).or_else(|| (0..SLOTS).find(slot).map(|number| FIRST_SLOT + number))
}

fn behind(before: Option<&Partition>) -> Result<u32, String> {
    let before = before.ok_or("the first partition needs an offset")?;
    before.offset.checked_add(before.size).ok_or("the partition before it has no end".to_owned())
}

fn byte(text: &str) -> Result<u8, String> {
    u8::try_from(number(text)?).map_err(|_| format!("{text:?} is larger than a byte"))
}

/// Decimal, or hexadecimal behind `0x`.
pub(super) fn number(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("{text:?} is no number of 32 bits"))
}

fn flags(text: &str) -> Result<u32, String> {
    let mut flags = 0;
    for flag in text.split('+').filter(|flag| !flag.is_empty()) {
        flags |= match flag {
            "encrypted" => ENCRYPTED,
            "readonly" => READ_ONLY,
            other => return Err(format!("{other:?} is no flag that is known")),
        };
    }
    Ok(flags)
}
