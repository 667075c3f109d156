//! `skylift ports --watch`: a line for every port that comes, goes or changes. Ctrl-C ends it.

use std::collections::BTreeMap;

use tokio::sync::mpsc::unbounded_channel;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::interrupt::interrupted;
use super::super::session::{Session, wait_for};
use super::{advise, json, row};
use crate::usb::ports::{Seen, State, Watch};

/// Shows ports until the user or the reader has enough.
pub(super) fn watch(json: bool, session: &Session) -> Result<Exit, Failure> {
    let (tell, mut told) = unbounded_channel();
    let _watch = Watch::start(move |ports| {
        // It ends a moment after its listener.
        let _ = tell.send(ports);
    })?;
    let mut shown = BTreeMap::new();
    wait_for(async {
        while session.output.has_reader() {
            let ports = tokio::select! {
                ports = told.recv() => ports.ok_or_else(|| Failure::new("the watch over the ports has stopped"))?,
                () = interrupted() => break,
            };
            changes(&mut shown, ports).iter().for_each(|seen| show(seen, json, session));
            if shown.is_empty() && !json {
                session.output.line("No ports; waiting for one.");
            }
        }
        Ok(Exit::Done)
    })
}

fn show(seen: &Seen, json: bool, session: &Session) {
    if json {
        return session.output.json(&json::port(seen));
    }
    session.output.line(row(seen).join("  "));
    if seen.state != State::Gone {
        advise(&seen.state.advice(), session);
    }
}

/// What is new, or other than before; what is there no more is gone.
fn changes(shown: &mut BTreeMap<String, Seen>, ports: Vec<Seen>) -> Vec<Seen> {
    let now: BTreeMap<_, _> = ports.iter().map(|seen| (seen.port.path().to_owned(), seen.clone())).collect();
    let left = shown.values().filter(|seen| !now.contains_key(seen.port.path()));
    let mut changes: Vec<_> = left.map(|seen| Seen { state: State::Gone, ..seen.clone() }).collect();
    changes.extend(ports.into_iter().filter(|seen| shown.get(seen.port.path()) != Some(seen)));
    *shown = now;
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::ports::{Behind, Port};

    fn seen(path: &str, state: State) -> Seen {
        Seen { port: Port::new(path, Behind::Unknown), state }
    }

    #[test]
    fn only_changes_are_shown() {
        let mut shown = BTreeMap::new();
        let (a, b) = (seen("a", State::Ready), seen("b", State::Ready));
        assert_eq!(changes(&mut shown, vec![a.clone(), b.clone()]), [a.clone(), b.clone()]);
        assert_eq!(changes(&mut shown, vec![a.clone(), b.clone()]), []);
        let busy = seen("b", State::InUse { by: None });
        assert_eq!(changes(&mut shown, vec![a, busy.clone()]), std::slice::from_ref(&busy));
        assert_eq!(changes(&mut shown, vec![busy]), [seen("a", State::Gone)]);
    }
}
