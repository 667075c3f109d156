//! Searching for secrets: in whichever way their bytes could be written.

/// What must not be found, with its name.
pub struct Secret(pub &'static str, pub Vec<u8>);

/// Bytes in the ways they could be written.
pub fn forms(name: &'static str, bytes: &[u8]) -> Vec<Secret> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = bytes.iter().map(u8::to_string).collect::<Vec<_>>();
    vec![
        Secret(name, bytes.to_vec()),
        Secret(name, hex.to_uppercase().into_bytes()),
        Secret(name, hex.into_bytes()),
        Secret(name, list.join(",").into_bytes()),
        Secret(name, list.join(", ").into_bytes()),
        // Whatever stands before it, one of three spellings of base64 is in the middle.
        Secret(name, base64(bytes)),
        Secret(name, base64(&bytes[1..])),
        Secret(name, base64(&bytes[2..])),
    ]
}

/// Base64 of the whole groups of three bytes.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        [18, 12, 6, 0].map(|shift| SIGNS[(bits >> shift & 63) as usize])
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

pub fn holds(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}

#[track_caller]
pub fn clean(what: &str, bytes: &[u8], secrets: &[Secret]) {
    for Secret(name, secret) in secrets {
        assert!(!holds(bytes, secret), "{name} is in {what}");
    }
}
