//! Images that must be refused, and bytes that are not the image ordered: before anything is erased, or before the
//! switch.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;
use skylift::image::Image;
use skylift_protocol::Chip;
use skylift_simulator::Faults;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_tests::devices::demo;
use skylift_tests::host::words;
use skylift_tests::raw::{RawHost, end_of, order, request};

use crate::images::{Picture, SIZES};
use crate::live::{app, prove};
use crate::oracle::{Words, Wrong};
use crate::round::{Nature, Table};
use crate::subject::Subject;
use crate::tally::{Kind, Update};
use crate::truth::Boots;

/// What is wrong with the bytes that a device is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// An image for another chip.
    OtherChip,
    /// An image of another project.
    OtherProject,
    /// An image without a boot guard, for a device whose bootloader does not roll back.
    Unguarded,
    /// Larger than the slot.
    TooLarge,
    /// The image, but one of its bytes is another.
    Altered { at: u32 },
    /// The beginning of the image.
    Truncated { to: u32 },
}

/// Bytes up to which an image is judged before anything is erased: a page.
const HEAD: u32 = 4096;
/// Bytes of the image that is damaged.
const SIZE: u32 = SIZES[0];

impl Unfit {
    /// One of them.
    pub fn random(rng: &mut fastrand::Rng) -> Self {
        match rng.u8(0..6) {
            0 => Self::OtherChip,
            1 => Self::OtherProject,
            2 => Self::Unguarded,
            3 => Self::TooLarge,
            4 => Self::Altered { at: rng.u32(0..SIZE - 64) },
            _ => Self::Truncated { to: rng.u32(1..SIZE - 64) },
        }
    }

    /// It must not get anywhere: neither through the app, nor by an order given to the device by hand.
    pub fn live(self) -> Result<Vec<Update>, Wrong> {
        let nature = Nature { bootloader: Bootloader::Stock, table: Table::Own, faults: Faults::default() };
        let mut subject = Subject::new(nature);
        let operations = subject.device.flash_operations();
        let mut updates = Vec::new();
        match (self.is_no_image(), self.inspected()) {
            (true, Err(_)) => {}
            (true, Ok(_)) => return Err(Wrong::Verdict(format!("{self:?}: the app takes it for an image"))),
            (false, _) => {
                let verdict = app().update(&subject.device, &self.bytes());
                updates.push(self.count(words(&verdict), self.right())?);
            }
        }
        subject.settle()?;
        let (verdict, reason) = self.ordered_by_hand(subject.device.address());
        updates.push(self.count((&verdict, &reason), self.right_by_hand())?);
        let truth = subject.truth(&Picture::of("2.0.0", Behaviour::Healthy, SIZE))?;
        let untouched = subject.device.flash_operations() == operations;
        if (truth.boots, truth.kept) != (Boots::Before, true) || verdict == "refused" && !untouched {
            return Err(Wrong::Verdict(format!("{self:?} was {verdict}, but it was written: {truth:?}")));
        }
        prove(subject)?;
        Ok(updates)
    }

    fn count(self, words: Words<'_>, right: Vec<Words<'static>>) -> Result<Update, Wrong> {
        let found = right.iter().find(|it| **it == words).copied();
        let words = found.ok_or_else(|| Wrong::Verdict(format!("{self:?}: {words:?}, not {right:?}")))?;
        Ok(Update { kinds: vec![Kind::Unfit], words, twice: None })
    }

    /// What a person would have in the file.
    fn bytes(self) -> Vec<u8> {
        let usual = DemoImage { size: SIZE, ..demo("2.0.0", Behaviour::Healthy) };
        let built = |image: DemoImage| image.build().unwrap();
        match self {
            Self::OtherChip => built(DemoImage { chip: Chip::Esp32S3, ..usual }),
            Self::OtherProject => built(DemoImage { project: "kettle".to_owned(), ..usual }),
            Self::Unguarded => usual.foreign().unwrap(),
            Self::TooLarge => built(DemoImage { size: SIZES[2] + (64 << 10), ..usual }),
            Self::Altered { at } => {
                let mut bytes = built(usual);
                bytes[at as usize] ^= 0x10;
                bytes
            }
            Self::Truncated { to } => {
                let mut bytes = built(usual);
                bytes.truncate(to as usize);
                bytes
            }
        }
    }

    /// The right verdicts.
    fn right(self) -> Vec<Words<'static>> {
        match self {
            Self::OtherChip => vec![("refused", "wrong_chip")],
            Self::OtherProject => vec![("refused", "wrong_project")],
            Self::Unguarded => vec![("refused", "unguarded")],
            Self::TooLarge => vec![("refused", "too_large")],
            Self::Altered { at } if at < HEAD => {
                let judged = [
                    "not_an_image",
                    "wrong_chip",
                    "wrong_revision",
                    "wrong_project",
                    "unguarded",
                    "mismatch",
                ];
                let damaged = ("failed", "digest_mismatch");
                judged.into_iter().map(|reason| ("refused", reason)).chain([damaged]).collect()
            }
            Self::Altered { .. } => vec![("failed", "digest_mismatch")],
            Self::Truncated { .. } => vec![("failed", "wrong_size")],
        }
    }

    /// The same for an order that says nothing of what is wrong.
    fn right_by_hand(self) -> Vec<Words<'static>> {
        match self {
            Self::OtherProject => vec![("refused", "mismatch")],
            _ => self.right(),
        }
    }

    /// Whether the app finds it before there is an update.
    fn is_no_image(self) -> bool {
        matches!(self, Self::Altered { .. } | Self::Truncated { .. })
    }

    /// What the app says of the file.
    fn inspected(self) -> Result<Image, String> {
        Image::from_bytes(Path::new("ota.bin"), self.bytes()).map_err(|error| error.to_string())
    }

    /// Gives a device an order for the image as it should be, and serves these bytes: without an app in between, the
    /// device itself has to find out. How it says that the order ended.
    fn ordered_by_hand(self, device: SocketAddr) -> (String, String) {
        let bytes = self.bytes();
        let host = RawHost::serving(&bytes);
        let whole = DemoImage { size: SIZE, ..demo("2.0.0", Behaviour::Healthy) }.build().unwrap();
        let described = if self.is_no_image() { &whole } else { &bytes };
        let order = order("by-hand", described, &host.url());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match request(device, "POST", "/update", &order).unwrap() {
            (202, _) => {
                let end = end_of(device, "by-hand");
                (text(&end["outcome"]), text(&end["reason"]))
            }
            (_, error) => ("refused".to_owned(), text(&error["error"])),
        }
    }
}
