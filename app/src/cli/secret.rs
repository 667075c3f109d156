//! A secret from where nobody else reads it: a file, or standard input. Never from the command line, which every user
//! of the computer can list.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::failure::Failure;

/// No file with a secret in it is longer, in bytes.
const MAX_FILE: u64 = 1024;

/// The first line of a file; `-` is standard input. `what` it is: password or passphrase.
pub(super) fn from_file(path: &Path, what: &str) -> Result<String, Failure> {
    if path.as_os_str() == "-" {
        return first_line(std::io::stdin().lock(), "standard input", what);
    }
    let name = path.display().to_string();
    let file = File::open(path)
        .map_err(|error| Failure::new(format!("{name}: the {what} cannot be read: {error}")))?;
    first_line(file, &name, what)
}

/// The first line. What the sentences say of it is never the secret itself.
fn first_line(from: impl Read, name: &str, what: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(MAX_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("{name}: the {what} cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Failure::new(format!(
            "{name}: that is more than a {what}: {MAX_FILE} bytes are the most"
        )));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::new(format!("{name}: the {what} is no UTF-8 text")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err(Failure::new(format!("{name}: a {what} is one line, there are several")));
    }
    Ok(line.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line() {
        let read = |bytes| first_line(bytes, "f", "password");
        for (bytes, password) in
            [(&b"open sesame"[..], "open sesame"), (b" a b \n", " a b "), (b"x\r\n", "x"), (b"", "")]
        {
            assert_eq!(read(bytes).unwrap(), password);
        }
        for bytes in [&b"secret\nmore"[..], b"secret\xff", &[b's'; 1025]] {
            let failure = read(bytes).unwrap_err();
            assert!(
                failure.sentence.starts_with("f: ") && !failure.sentence.contains("secret"),
                "{failure:?}"
            );
        }
    }
}
