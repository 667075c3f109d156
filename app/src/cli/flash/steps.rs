//! A board is flashed, step by step: looked at, backed up, written and set up.

use super::super::cable::leave;
use super::super::failure::Failure;
use super::super::session::Session;
use super::options::{FlashOptions, Source};
use crate::store::Bases;
use crate::usb::backup::{Backups, Taken};
use crate::usb::board::{Board, Depth};
use crate::usb::flash::{Plan, Report, Target, write};
use crate::usb::provision::{Prepared, Settings, Wishes, board_id};
use crate::usb::wire::{Approach, Link};
use crate::usb::{UsbError, Work};

/// A board that was looked at, and what is to become of it.
pub(super) struct Ready {
    pub(super) link: Link,
    pub(super) board: Board,
    pub(super) plan: Plan,
}

/// A board that was flashed.
pub(super) struct Flashed {
    pub(super) board: Board,
    pub(super) plan: Plan,
    pub(super) report: Report,
    pub(super) backup: Option<Taken>,
    pub(super) prepared: Option<Prepared>,
}

impl Ready {
    /// Looks at the board, and plans. What keeps it from being flashed is a failure; the board runs on then.
    pub(super) fn look(
        approach: &Approach,
        source: &Source,
        options: &FlashOptions,
        work: &mut Work<'_>,
    ) -> Result<Result<Self, Failure>, UsbError> {
        let mut link = Link::connect(approach, work)?;
        let board = match Board::read(&mut link, Depth::Heads, work) {
            Ok(board) => board,
            Err(error) => return leave(link, Err(error)),
        };
        let planned = (|| {
            let firmware = source.firmware(board.chip())?;
            Ok(Plan::make(&firmware, &options.wish()?, &Target::from(&board))?)
        })();
        match planned {
            Ok(plan) => Ok(Ok(Self { link, board, plan })),
            Err(failure) => leave(link, Ok(Err(failure))),
        }
    }

    /// Flashes it.
    pub(super) fn flash(
        self,
        backs_up: bool,
        wishes: &Wishes,
        session: &Session,
        work: &mut Work<'_>,
    ) -> Result<Flashed, UsbError> {
        let Self { mut link, board, plan } = self;
        let flashed = (|| {
            let keys = session.keys();
            let backup = match backs_up && !board.is_blank() {
                true => Some(Backups::new(&session.data_dir).take(&mut link, None, work)?),
                false => None,
            };
            let (mut plan, mut prepared) = (plan, None);
            // With Skylift in its firmware it can be set up.
            if plan.image.guard().is_some() && plan.table.layout(plan.flash_size).is_ok() {
                let wishes = Wishes { bootloader_rolls_back: plan.records_rollback(), ..wishes.clone() };
                let device = board_id(&mut link)?;
                let made =
                    Settings::for_table(&plan.table, &mut link, work)?.prepared(&device, &wishes, &keys)?;
                plan = plan.with_provisioning(made.place.region.offset, made.bytes.clone());
                prepared = Some(made);
            }
            let report = write(&plan, &mut link, work)?;
            Bases::new(&session.data_dir).flashed(&plan.image);
            if let Some(prepared) = &prepared {
                prepared.settle(&keys)?;
            }
            Ok(Flashed { board, plan, report, backup, prepared })
        })();
        leave(link, flashed)
    }
}
