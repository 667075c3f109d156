//! A page as a PNG file: opens the window, waits until it has settled, draws it once, and closes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use egui::{ColorImage, Context, ViewportCommand};

use super::page::Page;
use crate::store::Theme;

/// Devices are found and asked within this time.
const SETTLE: Duration = Duration::from_secs(3);

/// A picture that is wanted.
#[derive(Clone, Debug)]
pub struct Shot {
    /// The file.
    pub file: PathBuf,
    /// The page.
    pub page: Page,
    /// How it looks.
    pub picture: Picture,
}

/// How a picture looks; what is not said is as in the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Picture {
    /// Dark or light.
    pub theme: Option<Theme>,
    /// How large everything is drawn.
    pub scale: Option<f32>,
    /// Width and height in pixels.
    pub size: Option<[u32; 2]>,
}

/// A picture on its way.
pub(super) struct Photographer {
    shot: Shot,
    begun: Instant,
    taken: Option<Receiver<Arc<ColorImage>>>,
}

impl Photographer {
    pub(super) fn new(shot: Shot) -> Self {
        Self { shot, begun: Instant::now(), taken: None }
    }

    pub(super) const fn picture(&self) -> Picture {
        self.shot.picture
    }

    /// Called with each frame; the outcome, once there is one.
    pub(super) fn look(&mut self, ctx: &Context) -> Option<Result<(), String>> {
        let Some(taken) = &self.taken else {
            let left = SETTLE.saturating_sub(self.begun.elapsed());
            if !left.is_zero() {
                ctx.request_repaint_after(left);
                return None;
            }
            let (sender, receiver) = channel();
            let waker = ctx.clone();
            ctx.request_screenshot(move |image| {
                // Nobody waits any more once the window is closed.
                let _ = sender.send(image);
                waker.request_repaint();
            });
            self.taken = Some(receiver);
            return None;
        };
        let image = taken.try_recv().ok()?;
        ctx.send_viewport_cmd(ViewportCommand::Close);
        Some(write(&image, &self.shot.file))
    }
}

fn write(image: &ColorImage, file: &Path) -> Result<(), String> {
    let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(0));
    let bytes: Vec<u8> = image.pixels.iter().flat_map(egui::Color32::to_array).collect();
    image::RgbaImage::from_raw(width, height, bytes)
        .ok_or_else(|| "the window gave no picture".to_owned())?
        .save_with_format(file, image::ImageFormat::Png)
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))
}
