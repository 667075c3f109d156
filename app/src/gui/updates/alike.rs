//! Devices to which an image costs the same whichever way it is sent: they are shown as one. Pure.

use std::sync::Arc;

use skylift_protocol::{Digest, Encoding};

use super::ways::taken;
use crate::engine::{Basis, Plan as Costs, Unavailable, Way};

/// The order in which the ways are shown: what is sent least often comes last.
const ORDER: [Encoding; 3] = [Encoding::Delta, Encoding::Compressed, Encoding::Raw];

/// Devices that run the same image, and of which the same is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// What people call them.
    pub labels: Vec<String>,
    /// The ways: delta, compressed, raw.
    pub rows: Vec<Row>,
    /// The way that is taken.
    pub taken: Encoding,
    /// What the seconds are taken from; of several, that of the first.
    pub basis: Basis,
    running: Digest,
}

/// One way to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The way.
    pub encoding: Encoding,
    /// What it costs, or why it cannot be had.
    pub cost: Result<Span, Unavailable>,
}

/// What a way costs to one of the devices, where the seconds may differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Bytes over the air.
    pub bytes: u32,
    /// Seconds at the quickest of them.
    pub least: f64,
    /// Seconds at the slowest of them.
    pub most: f64,
}

impl Alike {
    fn new(running: Digest, costs: &Costs, wish: Option<Encoding>) -> Self {
        let row = |way: &Way| Row {
            encoding: way.encoding,
            cost: way.cost.clone().map(|cost| Span {
                bytes: cost.bytes,
                least: cost.seconds,
                most: cost.seconds,
            }),
        };
        Self {
            labels: vec![costs.label.clone()],
            rows: ORDER.into_iter().filter_map(|encoding| costs.way(encoding).map(row)).collect(),
            taken: taken(costs, wish),
            basis: costs.basis,
            running,
        }
    }

    /// Takes another one in, if it is alike; seconds may differ where each has its own history.
    fn take(&mut self, other: &Self) -> bool {
        let same_kind = self.running == other.running
            && self.taken == other.taken
            && self.rows.len() == other.rows.len()
            && matches!(self.basis, Basis::Typical) == matches!(other.basis, Basis::Typical);
        if !same_kind || !self.rows.iter().zip(&other.rows).all(|(one, other)| one.is_like(other)) {
            return false;
        }
        self.labels.extend(other.labels.iter().cloned());
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            if let (Ok(span), Ok(other)) = (&mut row.cost, &other.cost) {
                span.least = span.least.min(other.least);
                span.most = span.most.max(other.most);
            }
        }
        true
    }
}

impl Row {
    fn is_like(&self, other: &Self) -> bool {
        self.encoding == other.encoding
            && match (&self.cost, &other.cost) {
                (Ok(one), Ok(other)) => one.bytes == other.bytes,
                (Err(one), Err(other)) => one == other,
                _ => false,
            }
    }
}

/// The devices in their order, each with those that are like it; with each comes the image that it runs.
pub(super) fn grouped<'c>(
    costs: impl Iterator<Item = (Digest, &'c Arc<Costs>)>,
    wish: Option<Encoding>,
) -> Vec<Alike> {
    let mut groups: Vec<Alike> = Vec::new();
    for (running, costs) in costs {
        let one = Alike::new(running, costs, wish);
        if !groups.iter_mut().any(|group| group.take(&one)) {
            groups.push(one);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::sample::costs;
    use super::*;

    const ONE: Digest = Digest([1; 32]);
    const OTHER: Digest = Digest([2; 32]);

    fn groups(costs: &[(Digest, Arc<Costs>)], wish: Option<Encoding>) -> Vec<(Vec<String>, Encoding)> {
        let known = costs.iter().map(|(running, costs)| (*running, costs));
        grouped(known, wish).into_iter().map(|group| (group.labels, group.taken)).collect()
    }

    #[test]
    fn those_are_together_that_run_the_same_and_can_be_sent_the_same() {
        let delta = |device: &str| Arc::new(costs(device, Ok(3000)));
        let none = |device: &str| Arc::new(costs(device, Err(Unavailable::BaseNotHere)));
        let known = [
            (ONE, delta("lamp")),
            (OTHER, delta("door")),
            (ONE, none("shed")),
            (ONE, delta("porch")),
            (ONE, none("gate")),
        ];
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let cheapest = [
            (names(&["lamp", "porch"]), Encoding::Delta),
            (names(&["door"]), Encoding::Delta),
            (names(&["shed", "gate"]), Encoding::Compressed),
        ];
        assert_eq!(groups(&known, None), cheapest);
        assert!(groups(&known, Some(Encoding::Raw)).iter().all(|(_, taken)| *taken == Encoding::Raw));
    }

    #[test]
    fn of_those_with_a_history_the_quickest_and_the_slowest_are_told() {
        let with = |device: &str, more: f64| {
            let mut costs = costs(device, Ok(3000));
            costs.basis = Basis::Measured { updates: 2 };
            for cost in costs.ways.iter_mut().filter_map(|way| way.cost.as_mut().ok()) {
                cost.seconds += more;
            }
            (ONE, Arc::new(costs))
        };
        let known = [with("lamp", 4.0), with("porch", 1.0), (ONE, Arc::new(costs("shed", Ok(3000))))];
        let groups = grouped(known.iter().map(|(running, costs)| (*running, costs)), None);
        assert_eq!(groups.len(), 2, "typical times are no history");
        let taken = groups[0].rows.iter().find(|row| row.encoding == groups[0].taken).unwrap();
        let span = taken.cost.as_ref().unwrap();
        assert!((span.most - span.least - 3.0).abs() < 1e-9, "{span:?}");
        assert_eq!(span.bytes, 3000);
        let order: Vec<_> = groups[0].rows.iter().map(|row| row.encoding).collect();
        assert_eq!(order, ORDER);
    }
}
