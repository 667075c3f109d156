//! Names of functions: from an ELF's symbols, and as people write them.

use std::fmt::{self, Write};

use object::{Object, SymbolMap, SymbolMapName};

/// Longer names are cut.
const MAX_NAME: usize = 200;
/// Longer mangled names are not unmangled.
const MAX_MANGLED: usize = 4096;

/// The symbols of an ELF by their addresses.
pub(super) struct Names<'d>(SymbolMap<SymbolMapName<'d>>);

impl<'d> Names<'d> {
    pub(super) fn of(file: &object::File<'d>) -> Self {
        Self(file.symbol_map())
    }

    /// The function that an address is in.
    pub(super) fn at(&self, address: u64) -> Option<String> {
        self.0.containing(address).map(|symbol| readable(symbol.name()))
    }
}

/// A name of Rust as it is written, without its hash; any other as it is.
pub(super) fn readable(name: &str) -> String {
    let mut text = Cut(String::new());
    let mangled = Some(name).filter(|name| name.len() <= MAX_MANGLED);
    // An error says that it was cut.
    let _ = match mangled.and_then(|name| rustc_demangle::try_demangle(name).ok()) {
        Some(name) => write!(text, "{name:#}"),
        None => text.write_str(name),
    };
    text.0
}

/// A name as far as it fits.
struct Cut(String);

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.0.len() + letter.len_utf8() > MAX_NAME {
                self.0.push('…');
                return Err(fmt::Error);
            }
            self.0.push(letter);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_people_write_them() {
        assert_eq!(readable("_ZN7climate6sensor4read17h0123456789abcdefE"), "climate::sensor::read");
        assert_eq!(readable("_RNvNtCs1234_7climate6sensor4read"), "climate::sensor::read");
        assert_eq!(readable("app_main"), "app_main");
        assert_eq!(readable(&"x".repeat(9999)), "x".repeat(MAX_NAME) + "…");
    }

    #[test]
    fn a_name_that_refers_to_itself_ends() {
        // Back references that double with each level.
        let bomb = format!("_RIC0{}pE", "TB2_B2_".repeat(400));
        assert!(readable(&bomb).len() <= MAX_MANGLED);
        assert!(readable(&format!("_R{}", "I".repeat(4000))).len() <= MAX_MANGLED);
    }
}
