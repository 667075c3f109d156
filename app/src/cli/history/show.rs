//! `skylift history show N`: one update with its timeline, and the device's log.

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::{airtime, crash, figures, moments};
use super::words;
use crate::image::backtrace::Backtrace;
use crate::store::{Database, Exported, PastUpdate, What};

/// Which update, and how to show it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The update's number
    #[arg(value_name = "N")]
    number: i64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Arguments, history: &Database, session: &Session) -> Result<Exit, Failure> {
    let update = super::find(args.number, history)?;
    if args.json {
        let course = history.course(args.number)?;
        let exported = Exported::new(&update, &TimeZone::system());
        let mut value = json!(exported.with_course(&course).with_log(&update));
        if let (Some(backtrace), Some(fields)) = (read_crash(&update, session), value.as_object_mut()) {
            fields.insert("crash".to_owned(), crash::as_json(&backtrace));
        }
        session.output.json(&value);
        return Ok(Exit::Done);
    }
    show(&update, history, session);
    show_timeline(&update, session);
    if let Some(log) = &update.log {
        session.output.line("\nThe device's log after that:");
        log.lines().for_each(|line| session.output.line(format_args!("  {line}")));
    }
    Ok(Exit::Done)
}

fn read_crash(update: &PastUpdate, session: &Session) -> Option<Backtrace> {
    crash::read(update.end.as_ref()?.crash.as_ref(), session)
}

fn show(update: &PastUpdate, history: &Database, session: &Session) {
    let line = |name: &str, value: String| session.output.line(format_args!("{name:<12} {value}"));
    line("update", update.number.to_string());
    line("device", words::device(update));
    line("image", format!("{} {}, {}", update.project, words::versions(update), figures::size(update.size)));
    line("image sha256", update.image_sha256.clone());
    line("started", moments::date_and_time(update.started));
    let took = update.duration().map_or(String::new(), |time| format!(", after {}", figures::time(time)));
    line("end", format!("{}{took}", words::state(update)));
    if let Some(detail) = update.end.as_ref().and_then(|end| end.detail.as_ref()) {
        line("", detail.clone());
    }
    if let Some(backtrace) = read_crash(update, session) {
        crash::rows(&backtrace).for_each(|(name, text)| line(name, text));
    }
    if let Some(rollout) = &update.rollout {
        line("rollout", words::rollout(rollout));
        if let Some(air) = history.airtime_of_rollout(&rollout.id).ok().and_then(airtime::spared) {
            line("", format!("in all {air}"));
        }
    }
    if let Some(drill) = &update.drill {
        line("drill", words::drill(drill));
        line("before", drill.image_before.clone());
    }
    if let Some(air) = words::air_in_full(update) {
        line("sent", air);
    }
    let rate = update.rate.map_or(String::new(), |rate| format!(", {}", figures::speed(rate)));
    line("written", format!("{}{rate}", words::bytes(update)));
    if let Some(owner) = update.owner {
        let heartbeat = moments::date_and_time(owner.heartbeat);
        line("process", format!("{}, last sign of life {heartbeat}", owner.pid));
    }
}

fn show_timeline(update: &PastUpdate, session: &Session) {
    session.output.line("");
    for moment in &update.timeline {
        let what = match &moment.what {
            What::Phase(phase) => words::spoken(phase),
            What::Note(note) => words::note(note),
        };
        session.output.line(timeline_line(update, moment.at, &what));
    }
    if let Some(end) = &update.end {
        session.output.line(timeline_line(update, end.at, &words::state(update)));
    }
}

fn timeline_line(update: &PastUpdate, at: std::time::SystemTime, what: &str) -> String {
    let after = at.duration_since(update.started).unwrap_or_default();
    format!("{}  {:>8.3} s  {what}", moments::time_of_day(at), after.as_secs_f64())
}
