//! What a compiler has read: the dep-info file that cargo writes beside each program (Cargo book, "Build cache").

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Longer ones are cut, which costs a file or two.
const MOST: u64 = 4 * 1024 * 1024;

/// The files that a program was made from. Without such a file, none.
pub(super) fn of(program: &Path) -> Vec<PathBuf> {
    let mut text = Vec::new();
    let file = File::open(program.with_extension("d"));
    if file.and_then(|file| file.take(MOST).read_to_end(&mut text)).is_err() {
        return Vec::new();
    }
    parse(&String::from_utf8_lossy(&text))
}

/// A rule of a makefile: the program, a colon, the files; a space in a name has a backslash before it.
fn parse(text: &str) -> Vec<PathBuf> {
    let Some((_, files)) = text.lines().next().and_then(|rule| rule.split_once(": ")) else {
        return Vec::new();
    };
    let mut names = vec![String::new()];
    let mut characters = files.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, names.last_mut()) {
            ('\\', Some(name)) if characters.next_if_eq(&' ').is_some() => name.push(' '),
            (' ', _) => names.push(String::new()),
            (other, Some(name)) => name.push(other),
            (_, None) => {}
        }
    }
    let paths = names.into_iter().map(PathBuf::from);
    paths.filter(|path| path.is_absolute()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn names_with_spaces_are_one_file() {
        let text =
            "/p/target/release/lamp: /p/src/main.rs /my\\ code/lib.rs  relative.rs\n\n/p/src/main.rs:\n";
        assert_eq!(parse(text), [PathBuf::from("/p/src/main.rs"), PathBuf::from("/my code/lib.rs")]);
        for nothing in ["", "no rule", "/p/lamp:", "/p/lamp: "] {
            assert!(parse(nothing).is_empty(), "{nothing:?}");
        }
    }
}
