//! `skylift tag DEVICE TAG...` and `untag`: what the user groups devices by.

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;

/// Which device, and which tags it gets.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id or name
    #[arg(value_name = "DEVICE")]
    device: String,
    /// Words such as `greenhouse`; none shows those it has
    #[arg(value_name = "TAG", value_parser = tag_word)]
    tags: Vec<String>,
}

/// Which device, and which tags it loses.
#[derive(Args, Clone, Debug)]
pub(super) struct UntagArguments {
    /// Id or name
    #[arg(value_name = "DEVICE")]
    device: String,
    /// The tags
    #[arg(value_name = "TAG", required = true, value_parser = tag_word)]
    tags: Vec<String>,
}

pub(super) fn tag(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let mut history = session.history()?;
    let device = history.device(&args.device)?;
    history.tag(&device.id, &args.tags)?;
    show(&device.id, &history.device(&device.id)?.tags, session)
}

pub(super) fn untag(args: &UntagArguments, session: &Session) -> Result<Exit, Failure> {
    let mut history = session.history()?;
    let device = history.device(&args.device)?;
    history.untag(&device.id, &args.tags)?;
    show(&device.id, &history.device(&device.id)?.tags, session)
}

fn show(device: &str, tags: &[String], session: &Session) -> Result<Exit, Failure> {
    let tags = if tags.is_empty() { "no tags".to_owned() } else { tags.join(", ") };
    session.output.line(format_args!("{device}: {tags}"));
    Ok(Exit::Done)
}

/// Letters, digits, `-`, `_` and `.`, so that tags can be listed and typed anywhere.
fn tag_word(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.chars().count() > 64 || !text.chars().all(fits) {
        return Err("a tag is at most 64 letters, digits, `-`, `_` or `.`".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_words() {
        for good in ["greenhouse", "floor-2", "Küche_1.b"] {
            assert_eq!(tag_word(good), Ok(good.to_owned()));
        }
        for bad in ["", "two words", "a,b", "\u{1b}[2J", &"x".repeat(65)] {
            assert!(tag_word(bad).is_err(), "{bad:?}");
        }
    }
}
