//! One chunk: parsed and written, and parsed again with what the first time has taught.

use crate::coder::{Coder, Probabilities};
use crate::error::EncodeError;
use crate::found::{AGAIN, Found};
use crate::operation::Context;
use crate::parse::Parser;
use crate::price::Prices;
use crate::progress::Progress;
use crate::window::Window;

/// A chunk is parsed at most so often.
const PASSES: usize = 4;
/// A further pass is worth its time if the last one saved more than one byte of so many.
const WORTH: usize = 128;

/// What it takes to encode chunks of one image.
pub(crate) struct Chunks<'w> {
    window: &'w Window,
    found: Found<'w>,
    parser: Parser<'w>,
    prices: Box<Prices>,
}

impl<'w> Chunks<'w> {
    /// Goes through the old image.
    pub(crate) fn new(window: &'w Window, progress: &mut Progress<'_>) -> Result<Self, EncodeError> {
        let found = Found::new(window, progress)?;
        Ok(Self { window, found, parser: Parser::new(window), prices: Prices::new() })
    }

    /// The payload of the chunk from `start` to `end`; chunks come in order.
    ///
    /// At its start a decoder knows nothing, and prices taken from that lead to choices that are bad for all of a small
    /// chunk. What it has come to know at the end tells better what will be cheap.
    pub(crate) fn encode(
        &mut self,
        (start, end): (usize, usize),
        progress: &mut Progress<'_>,
    ) -> Result<Vec<u8>, EncodeError> {
        self.found.next_chunk(start, progress)?;
        let (mut best, mut learnt) = self.pass((start, end), None, progress)?;
        for _ in 1..PASSES {
            let (bytes, probabilities) = self.pass((start, end), Some(&learnt), progress)?;
            let saved = best.len().saturating_sub(bytes.len());
            if saved > 0 {
                best = bytes;
            }
            if saved <= best.len() / WORTH {
                break;
            }
            learnt = probabilities;
        }
        Ok(best)
    }

    fn pass(
        &mut self,
        (start, end): (usize, usize),
        learnt: Option<&Probabilities>,
        progress: &mut Progress<'_>,
    ) -> Result<(Vec<u8>, Box<Probabilities>), EncodeError> {
        let mut coder = Coder::new();
        let (mut position, mut context) = (start, Context::start(self.window));
        while position < end {
            match learnt {
                Some(learnt) => self.prices.learn(&between(coder.probabilities(), learnt)),
                None => self.prices.learn(coder.probabilities()),
            }
            let path =
                self.parser.stretch(&mut self.found, &self.prices, context, (position, end), progress)?;
            let before = position;
            for operation in path {
                context.write(&mut coder, self.window, position, operation);
                context = context.after(operation);
                position += operation.length() as usize;
            }
            if learnt.is_some() {
                progress.step((position - before) as u64 * AGAIN)?;
            }
        }
        Ok(coder.finish())
    }
}

fn between(now: &Probabilities, learnt: &Probabilities) -> Probabilities {
    std::array::from_fn(|index| now[index].midpoint(learnt[index]))
}
