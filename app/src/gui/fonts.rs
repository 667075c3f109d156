//! The fonts: IBM Plex, whose figures are all of one width, and Phosphor's icons.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId, RichText, TextStyle};

macro_rules! font {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../assets/fonts/", $name, ".ttf")))
    };
}

const SANS: (&str, &[u8]) = font!("IBMPlexSans-Regular");
const MEDIUM: (&str, &[u8]) = font!("IBMPlexSans-Medium");
const SEMIBOLD: (&str, &[u8]) = font!("IBMPlexSans-SemiBold");
const MONO: (&str, &[u8]) = font!("IBMPlexMono-Regular");
const ICONS: (&str, &[u8]) = font!("Phosphor-Regular");
const ICONS_BOLD: (&str, &[u8]) = font!("Phosphor-Bold");
const ICONS_FILL: (&str, &[u8]) = font!("Phosphor-Fill");

/// Every font, and which stands in for which.
#[must_use]
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [SANS, MEDIUM, SEMIBOLD, MONO, ICONS, ICONS_BOLD, ICONS_FILL] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let families = [
        (FontFamily::Proportional, vec![SANS.0, ICONS.0]),
        (FontFamily::Monospace, vec![MONO.0, ICONS.0]),
        (medium_family(), vec![MEDIUM.0, ICONS.0]),
        (semibold_family(), vec![SEMIBOLD.0, ICONS.0]),
        (Cut::Bold.family(), vec![ICONS_BOLD.0]),
        (Cut::Fill.family(), vec![ICONS_FILL.0]),
    ];
    for (family, fonts_of_it) in families {
        fonts.families.insert(family, fonts_of_it.into_iter().map(str::to_owned).collect());
    }
    fonts
}

/// Which cut of an icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Lines; nearly everywhere.
    Regular,
    /// Heavier lines: marks of states.
    Bold,
    /// Filled: marks of states, the active page.
    Fill,
}

impl Cut {
    fn family(self) -> FontFamily {
        match self {
            Self::Regular => FontFamily::Proportional,
            Self::Bold => FontFamily::Name("icons-bold".into()),
            Self::Fill => FontFamily::Name("icons-fill".into()),
        }
    }

    /// The font of an icon, in points.
    #[must_use]
    pub fn font(self, size: f32) -> FontId {
        FontId::new(size, self.family())
    }
}

fn medium_family() -> FontFamily {
    FontFamily::Name("medium".into())
}

fn semibold_family() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// What text is for; its size follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// A verdict, the first start.
    Display,
    /// Device, image, board.
    Title,
    /// Top bar, title of a dialog.
    Page,
    /// The sentence under a verdict.
    Lead,
    /// Nearly everything.
    Body,
    /// Names and states.
    Name,
    /// Heads of sections.
    Section,
    /// Labels, units, hints.
    Small,
    /// Heads of tables.
    Head,
    /// Digests, addresses, paths.
    Mono,
    /// The same, smaller.
    MonoSmall,
}

impl Face {
    /// Its font.
    #[must_use]
    pub fn font(self) -> FontId {
        match self {
            Self::Display => FontId::new(24.0, semibold_family()),
            Self::Title => FontId::new(18.0, semibold_family()),
            Self::Page => FontId::new(16.0, semibold_family()),
            Self::Lead => FontId::proportional(15.0),
            Self::Body => FontId::proportional(13.0),
            Self::Name => FontId::new(13.0, medium_family()),
            Self::Section => FontId::new(13.0, semibold_family()),
            Self::Small => FontId::proportional(12.0),
            Self::Head => FontId::new(12.0, medium_family()),
            Self::Mono => FontId::monospace(12.0),
            Self::MonoSmall => FontId::monospace(11.0),
        }
    }

    /// Text of it.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> RichText {
        RichText::new(text).font(self.font())
    }
}

/// The text styles of egui's own widgets.
pub(super) fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Heading, Face::Title.font()),
        (TextStyle::Body, Face::Body.font()),
        (TextStyle::Button, Face::Name.font()),
        (TextStyle::Small, Face::Small.font()),
        (TextStyle::Monospace, Face::Mono.font()),
    ]
    .into()
}
