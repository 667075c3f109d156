//! The choice of operations: the cheapest way through a stretch of the image, as far as prices of the moment tell.
//!
//! Several ways to each position are kept, with different nearest distances. A changed byte makes the way that stays
//! aligned with the old image look dearer for a moment than some short match elsewhere; with one way only it would be
//! lost there, and with it all that repeats cheaply behind.

use skylift_updater::stream::RING;

use crate::error::EncodeError;
use crate::finder::{Match, NICE};
use crate::found::Found;
use crate::operation::{Context, Operation, REPEATS};
use crate::price::{BIT, Price, Prices};
use crate::progress::Progress;
use crate::window::Window;

/// Ways kept to a position.
const WAYS: usize = 4;
/// Positions between two commitments.
const STRETCH: usize = 1024;
/// What a device pays for a match that it has to read back from flash, on top of the bytes: each is a read of its own.
/// Within what it has in memory there is none; the old image is always in flash.
const READ_BACK: Price = 2 * BIT;
/// A way this much dearer than the cheapest one to its position is not followed.
const HOPELESS: Price = 16 * BIT;

/// The cheapest way to a position with one nearest distance.
#[derive(Clone, Copy)]
struct Way {
    price: Price,
    context: Context,
    operation: Operation,
    /// The position before the operation, from the start of the stretch, and which of its ways.
    from: u16,
    before: u8,
}

/// The ways to one position.
#[derive(Clone, Copy)]
struct Ways {
    count: u8,
    ways: [Way; WAYS],
}

impl Ways {
    fn all(&self) -> &[Way] {
        &self.ways[..usize::from(self.count)]
    }

    /// The cheapest first.
    fn sort(&mut self) {
        self.ways[..usize::from(self.count)].sort_unstable_by_key(|way| way.price);
    }

    /// Keeps a way if it is cheaper than one with its nearest distance, or than the dearest if there is no room.
    fn offer(&mut self, nearest: u32, price: Price, way: impl FnOnce() -> Way) {
        let count = usize::from(self.count);
        let ways = &mut self.ways[..count];
        let same = ways.iter().position(|way| way.context.repeats[0] == nearest);
        if same.is_none() && count < WAYS {
            self.ways[count] = way();
            self.count += 1;
            return;
        }
        let dearest = || (0..count).max_by_key(|&index| ways[index].price).unwrap_or(0);
        let index = same.unwrap_or_else(dearest);
        if price < ways[index].price {
            ways[index] = way();
        }
    }
}

/// Finds ways through stretches of one image.
pub(crate) struct Parser<'w> {
    window: &'w Window,
    /// The ways to each position, from the start of the stretch.
    ways: Vec<Ways>,
    /// The operations found, the last one first.
    path: Vec<Operation>,
}

impl<'w> Parser<'w> {
    pub(crate) fn new(window: &'w Window) -> Self {
        let way = Way {
            price: 0,
            context: Context::start(window),
            operation: Operation::Literal,
            from: 0,
            before: 0,
        };
        let none = Ways { count: 0, ways: [way; WAYS] };
        Self { window, ways: vec![none; STRETCH + NICE + 1], path: Vec::new() }
    }

    /// The operations of a stretch that begins at `start`, in order; none reaches beyond `end`.
    pub(crate) fn stretch(
        &mut self,
        found: &mut Found<'_>,
        prices: &Prices,
        context: Context,
        (start, end): (usize, usize),
        progress: &mut Progress<'_>,
    ) -> Result<impl Iterator<Item = Operation>, EncodeError> {
        let most = (end - start).min(STRETCH + NICE);
        self.ways[..=most].iter_mut().for_each(|ways| ways.count = 0);
        self.ways[0].offer(0, 0, || Way {
            price: 0,
            context,
            operation: Operation::Literal,
            from: 0,
            before: 0,
        });
        self.path.clear();
        let mut at = 0;
        while at < most.min(STRETCH) {
            let matches = found.at(start + at, progress)?;
            if self.ways[at].count > 0 {
                self.ways[at].sort();
                let nearest = self.ways[at].ways[0].context;
                if let Some(operation) = self.long(nearest, matches, start + at, end) {
                    self.path.push(operation);
                    break;
                }
                self.step(prices, matches, start, at, most);
            }
            at += 1;
        }
        while self.ways[at].count == 0 {
            at += 1;
        }
        self.trace(at);
        Ok(self.path.iter().rev().copied())
    }

    /// A match that is too long to think about: it is taken, to its very end.
    fn long(
        &self,
        context: Context,
        matches: [&[Match]; 2],
        position: usize,
        end: usize,
    ) -> Option<Operation> {
        let place = self.window.place(position);
        if end - position < NICE {
            return None;
        }
        let full =
            |distance: u32| self.window.common(place - distance as usize, place, NICE, end - position) as u32;
        for (which, &distance) in (0..).zip(&context.repeats) {
            let source = place.checked_sub(distance as usize);
            if source.is_some_and(|source| self.window.common(source, place, 0, NICE) == NICE) {
                return Some(Operation::Repeat { which, length: full(distance) });
            }
        }
        let long = matches
            .into_iter()
            .filter_map(|found| found.last())
            .find(|found| found.length as usize >= NICE)?;
        let distance = place as u32 - long.source;
        Some(Operation::Match { length: full(distance), distance })
    }

    /// Goes on from the ways to a position.
    fn step(&mut self, prices: &Prices, matches: [&[Match]; 2], start: usize, at: usize, most: usize) {
        let (position, room) = (start + at, (most - at).min(NICE));
        let place = self.window.place(position);
        let Some((here, ahead)) = self.ways[at..=most].split_first_mut() else { return };
        let here = here.all();
        let hopeless = here[0].price + HOPELESS;
        for (before, way) in (0..).zip(here).take_while(|(_, way)| way.price <= hopeless) {
            let context = way.context;
            let mut offer = |price: Price, operation: Operation| {
                let nearest = context.nearest_after(operation);
                ahead[operation.length() as usize - 1].offer(nearest, price, || Way {
                    price,
                    context: context.after(operation),
                    operation,
                    from: at as u16,
                    before,
                });
            };
            let state = context.state.index();
            let literal = prices.literal(state, position, context.literal(self.window, position));
            offer(way.price + literal, Operation::Literal);
            for which in 0..REPEATS {
                let distance = context.repeats[which];
                if distance as usize > place || context.repeats[..which].contains(&distance) {
                    continue;
                }
                let head = way.price + prices.repeat(state, position, which);
                let longest = self.window.common(place - distance as usize, place, 0, room);
                for length in 1..=longest {
                    let operation = Operation::Repeat { which: which as u8, length: length as u32 };
                    offer(head + prices.repeat_length(length), operation);
                }
            }
            let head = way.price + prices.matched(state, position);
            for matches in matches {
                let mut length = 2;
                for found in matches {
                    let distance = place as u32 - found.source;
                    let far = distance as usize > RING && distance as usize <= position;
                    let head = if far { head + READ_BACK } else { head };
                    while length <= room.min(found.length as usize) {
                        let price = prices.match_length(length) + prices.distance(length, distance);
                        offer(head + price, Operation::Match { length: length as u32, distance });
                        length += 1;
                    }
                }
            }
        }
    }

    /// Puts the cheapest way to a position on the path, from its end.
    fn trace(&mut self, mut at: usize) {
        let ways = self.ways[at].all();
        let mut index = (0..ways.len()).min_by_key(|&index| ways[index].price).unwrap_or(0);
        while at > 0 {
            let way = self.ways[at].ways[index];
            self.path.push(way.operation);
            (at, index) = (usize::from(way.from), usize::from(way.before));
        }
    }
}
