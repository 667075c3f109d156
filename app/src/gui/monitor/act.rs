//! What the page does with what the user did, and with what it hears.

use std::path::PathBuf;

use super::{Action, Event, Find, Layout, Link, Order, Reading, Selected, Sight, Spot, View};
use crate::gui::dialog::Dialog;
use crate::gui::effect::Effect;
use crate::gui::page::Page;
use crate::gui::state::State;
use crate::usb::monitor::{Batch, Command, Levels};

/// So many lines are looked at in a frame with a filter that is new: a millisecond or so.
const LOOKS: usize = 4000;
/// What was found is shown with so many rows above it.
const ABOVE: f32 = 6.0;

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Open(path) => return begin(state, path),
        Action::NamePort => state.dialog = Some(Dialog::monitor_port(state.monitor.baud)),
        action => return state.monitor.act(action).into_iter().map(Effect::Monitor).collect(),
    }
    Vec::new()
}

/// Goes to the page, and reads this port.
pub fn open(state: &mut State, path: String) -> Vec<Effect> {
    state.page = Page::Monitor;
    begin(state, path)
}

/// Reads this port, unless it is read already. The page stays.
pub fn begin(state: &State, path: String) -> Vec<Effect> {
    let view = &state.monitor;
    let reads = matches!(view.link, Link::Opening | Link::Connected | Link::Waiting | Link::Lent);
    if reads && view.port.as_ref() == Some(&path) {
        return Vec::new();
    }
    vec![Effect::Monitor(Order::Open { path, baud: view.baud })]
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    state.monitor.hear(event).into_iter().map(Effect::Monitor).collect()
}

impl View {
    fn act(&mut self, action: Action) -> Option<Order> {
        match action {
            Action::Open(_) | Action::NamePort => {}
            Action::Close => {
                self.link = Link::Closed;
                self.partial = None;
                return Some(Order::Close);
            }
            Action::Baud(baud) => return self.set_baud(baud),
            Action::Pause => self.pause(),
            Action::Reset => return Some(Order::Ask(Command::Reset)),
            Action::Save => {
                return Some(match self.saved_to.take() {
                    Some(_) => Order::SaveNoMore,
                    None => Order::PickFile,
                });
            }
            Action::Clear => self.clear(),
            Action::Search(typed) => {
                self.find = Find::typed(typed);
                self.look_anew();
            }
            Action::FindNext => self.find_next(),
            Action::FindBefore => self.go_to(self.log.match_before(self.find.at.unwrap_or(self.log.next()))),
            Action::Level(level) => {
                self.levels.set(level, !self.levels.has(level));
                self.look_anew();
            }
            Action::AllLevels => {
                self.levels = Levels::ALL;
                self.look_anew();
            }
            Action::ShowTime => self.show.time = !self.show.time,
            Action::ShowPanics => self.show.panics = !self.show.panics,
            Action::Follow => self.follow(),
            Action::See(sight) => self.sight = sight,
            Action::Scroll(rows) => self.sight = self.scrolled(rows),
            Action::Page(rows) => self.page = rows,
            Action::Select { number, extend } => self.select(number, extend),
            Action::SelectAll => {
                let (anchor, end) = (self.log.first(), self.log.next() - self.log.arrived_since());
                self.selected = end.checked_sub(1).map(|head| Selected { anchor, head });
            }
            Action::Unselect => self.selected = None,
            Action::Raw(number) => {
                if let Some(card) = self.cards.card_mut(number) {
                    card.raw = !card.raw;
                }
            }
            Action::Draft(draft) => self.draft = draft,
            Action::Ending(ending) => self.ending = ending,
            Action::Send => {
                let line = std::mem::take(&mut self.draft);
                return Some(Order::Ask(Command::line(&line, self.ending)));
            }
            Action::Look => self.looking = self.log.work(LOOKS),
        }
        None
    }

    /// Takes what happened elsewhere.
    pub(super) fn hear(&mut self, event: Event) -> Option<Order> {
        match event {
            Event::Opening { path, baud } => {
                if self.port.as_ref().is_some_and(|port| *port != path) {
                    self.clear();
                }
                (self.port, self.baud, self.link) = (Some(path), baud, Link::Opening);
            }
            Event::Connected { path, baud } => {
                self.port = Some(path);
                self.baud = baud;
                self.link = Link::Connected;
            }
            Event::Away => self.link = Link::Waiting,
            Event::Lent => self.link = Link::Lent,
            Event::Refused { what, advice } => self.link = Link::Refused { what, advice },
            Event::Read(batch) => return self.read(batch),
            Event::Partial(line) => self.partial = (line.number == self.log.next()).then_some(line),
            Event::Decoded { first_line, reading } => {
                if let Some(card) = self.cards.card_mut(first_line) {
                    card.reading = reading.map_or_else(Reading::Not, Reading::Done);
                }
            }
            Event::SaveTo(path) => return Some(self.save(path)),
            Event::SaveFailed => self.saved_to = None,
        }
        None
    }

    /// Lines that were lost on the way do not count: the log begins anew.
    fn read(&mut self, batch: Batch) -> Option<Order> {
        self.partial = None;
        let more = self.saved_to.is_some().then(|| Order::SaveMore(batch.lines.clone()));
        for line in batch.lines {
            self.widest = self.widest.max(line.message().chars().count());
            self.log.push(line);
        }
        let next = self.log.next();
        batch.panics.into_iter().for_each(|panic| self.cards.add(panic, next));
        self.cards.forget_before(self.log.first());
        more
    }

    fn save(&mut self, path: PathBuf) -> Order {
        self.saved_to = Some(path.clone());
        Order::Save(path, self.log.take_down(false))
    }

    /// The rate counts when the monitor says so, if one runs.
    fn set_baud(&mut self, baud: u32) -> Option<Order> {
        if matches!(self.link, Link::Connected | Link::Waiting) {
            return Some(Order::Ask(Command::Baud(baud)));
        }
        self.baud = baud;
        let path = self.port.clone().filter(|_| matches!(self.link, Link::Refused { .. }))?;
        Some(Order::Open { path, baud })
    }

    pub(super) fn clear(&mut self) {
        self.log.clear();
        self.log.pause(false);
        self.cards.clear();
        self.partial = None;
        self.selected = None;
        self.find.at = None;
        self.sight = Sight::End;
        self.widest = 0;
        self.looking = false;
    }

    fn pause(&mut self) {
        let paused = !self.is_paused();
        self.log.pause(paused);
        if !paused {
            self.sight = Sight::End;
        }
    }

    fn follow(&mut self) {
        if self.is_paused() || self.sight != Sight::End {
            self.log.pause(false);
            self.sight = Sight::End;
        } else {
            self.sight = self.scrolled(0.0);
        }
    }

    fn look_anew(&mut self) {
        self.log.set_filter(self.filter());
        self.looking = self.log.work(LOOKS);
        self.selected = None;
    }

    fn select(&mut self, number: u64, extend: bool) {
        let anchor = self.selected.filter(|_| extend).map_or(number, |selected| selected.anchor);
        self.selected = Some(Selected { anchor, head: number });
    }

    /// From the match that was gone to last; or else the newest one, or the first one in sight.
    fn find_next(&mut self) {
        let found = match (self.find.at, self.sight) {
            (Some(at), _) => self.log.match_after(at),
            (None, Sight::End) => self.log.match_before(self.log.next()),
            (None, Sight::At(spot, _)) => match spot.number().checked_sub(1) {
                Some(before) => self.log.match_after(before),
                None => self.log.match_before(0).and(self.log.match_after(self.log.next())),
            },
        };
        self.go_to(found);
    }

    fn go_to(&mut self, found: Option<u64>) {
        let Some(found) = found else { return };
        self.find.at = Some(found);
        let layout = self.layout();
        let (row, top) = (layout.row_of(Spot::Line(found)) as f32, self.top(&layout));
        let in_sight = top + 1.0 <= row && row <= top + self.page - 2.0;
        let sight = layout.sight(if in_sight { top } else { row - ABOVE });
        self.sight = sight;
    }

    fn scrolled(&self, rows: f32) -> Sight {
        let layout = self.layout();
        let top = self.top(&layout) + rows;
        if rows > 0.0 && top >= layout.rows() as f32 - self.page { Sight::End } else { layout.sight(top) }
    }

    /// The row at the top of what is in sight.
    fn top(&self, layout: &Layout<'_>) -> f32 {
        match self.sight {
            Sight::End => (layout.rows() as f32 - self.page).max(0.0),
            Sight::At(spot, below) => layout.row_of(spot) as f32 + below,
        }
    }
}
