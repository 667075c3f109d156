//! `skylift` without a command: the window; where there is no display, what can be done without one.

use std::path::PathBuf;

use clap::Args;

use super::devices;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::gui::{self, Page, Picture, Shot, WindowError};
use crate::store::Theme;

/// How the window is opened.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Draw a page of the window into a PNG file, and end
    #[arg(long, value_name = "FILE", help_heading = "Window")]
    screenshot: Option<PathBuf>,
    /// The page: devices, updates, firmware, serve, history, messages or settings
    #[arg(long, value_name = "NAME", requires = "screenshot", help_heading = "Window")]
    page: Option<Page>,
    /// system, dark or light
    #[arg(long, value_name = "T", requires = "screenshot", value_parser = theme, help_heading = "Window")]
    theme: Option<Theme>,
    /// How large everything is drawn, 0.5 to 3
    #[arg(long, value_name = "N", requires = "screenshot", value_parser = scale, help_heading = "Window")]
    scale: Option<f32>,
    /// The size of the picture in pixels, such as 1600x1000
    #[arg(long, value_name = "WxH", requires = "screenshot", value_parser = size, help_heading = "Window")]
    size: Option<[u32; 2]>,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    // What is wrong with the settings is shown in the window, which comes up without them.
    let config = session.window_config();
    let picture = args.screenshot.map(|file| Shot {
        file,
        page: args.page.unwrap_or(Page::Devices),
        picture: Picture { theme: args.theme, scale: args.scale, size: args.size },
    });
    let wants_picture = picture.is_some();
    match gui::open(config, session.data_dir.clone(), picture) {
        Ok(()) => Ok(Exit::Done),
        Err(WindowError::NoDisplay(_)) if !wants_picture => {
            session.output.line("There is no display here, so no window is opened. Commands do the same.\n");
            devices::overview(session)
        }
        Err(error) => Err(error.into()),
    }
}

fn theme(text: &str) -> Result<Theme, String> {
    Theme::ALL
        .into_iter()
        .find(|theme| theme.as_str() == text)
        .ok_or_else(|| "it is system, dark or light".to_owned())
}

fn scale(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|scale| (0.5..=3.0).contains(scale))
        .ok_or_else(|| "it is a number from 0.5 to 3".to_owned())
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let (width, height) = text.split_once('x').ok_or("it is width x height, such as 1600x1000")?;
    let pixels = |text: &str| {
        text.parse()
            .ok()
            .filter(|pixels| (320..=8192).contains(pixels))
            .ok_or("each side has 320 to 8192 pixels")
    };
    Ok([pixels(width)?, pixels(height)?])
}
