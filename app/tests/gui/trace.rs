//! What a click can have had an effect on: all that the window shows and has asked for, without what changes by itself.

use crate::desk::{Desk, label};

/// What there was at one moment.
#[derive(PartialEq, Eq)]
pub struct Trace(Vec<String>);

impl Trace {
    pub fn of(desk: &Desk) -> Self {
        let mut trace = vec![
            format!("{:?} {:?} {}", desk.copied.len(), desk.files.asked().len(), desk.closes),
            controls(desk),
        ];
        trace.extend(pages(desk));
        trace.push(devices(desk));
        trace.push(firmware(desk));
        trace.push(boards(desk));
        trace.push(rest(desk));
        Self(trace)
    }
}

/// What can be clicked now: menus, and whatever comes and goes with the pages. Toasts go by themselves.
fn controls(desk: &Desk) -> String {
    let is_still = |name: &String| name != "Close message" && !name.starts_with("Do not power off");
    let controls = desk.controls();
    let names: Vec<_> = controls.iter().map(label).filter(is_still).collect();
    let typing = controls.iter().filter(|node| node.is_focused() && node.value().is_some()).map(label);
    format!("{names:?} {:?}", typing.collect::<Vec<_>>())
}

fn pages(desk: &Desk) -> [String; 3] {
    let state = desk.harness.state().state();
    let (updates, history) = (&state.updates, &state.history);
    [
        format!("{:?} {:?} {:?}", state.page, state.dialog, state.simulated),
        format!("{:?} {:?}", updates.shown, updates.filter),
        format!(
            "{:?} {} {:?} {} {} {}",
            history.filter,
            history.search,
            history.open,
            history.proof,
            history.updates.len(),
            history.certificates.len()
        ),
    ]
}

fn devices(desk: &Desk) -> String {
    let view = &desk.harness.state().state().devices;
    let (ticks, log) = (&view.ticks, &view.log);
    format!(
        "{} {:?} {:?} {ticks:?} {:?} {:?} {} {log:?} {:?} {:?} {}",
        view.search,
        view.filter,
        view.sort,
        view.open,
        view.detail_width,
        view.new_tag,
        view.tags,
        view.moves,
        view.expects_simulated
    )
}

fn firmware(desk: &Desk) -> String {
    let view = &desk.harness.state().state().firmware;
    let proof = view.proof.as_ref().map(|proof| match proof.is_running() {
        true => "running".to_owned(),
        false => format!("{proof:?}"),
    });
    let images: Vec<_> = view.entries.iter().map(|entry| entry.file_sha256).collect();
    format!(
        "{} {:?} {:?} {} {:?} {proof:?} {:?} {} {} {} {images:?}",
        view.search,
        view.filter,
        view.sort,
        view.typed,
        view.open,
        view.sources,
        view.build.is_some(),
        view.no_picker,
        view.sign_builds
    )
}

/// Boards on a cable: what is chosen for them, and which work was begun.
fn boards(desk: &Desk) -> String {
    let view = &desk.harness.state().state().usb;
    let job = |bench: &skylift::gui::Bench| {
        bench.job.as_ref().map(|job| (job.number, job.stopping, job.end.is_some()))
    };
    let ports: Vec<_> = view.ports.iter().map(|bench| (bench.path(), &bench.form, job(bench))).collect();
    format!("{:?} {ports:?} {:?} {:?}", view.open, view.several, view.backups)
}

/// Serving, settings, messages, and what the engine and the devices do.
fn rest(desk: &Desk) -> String {
    let state = desk.harness.state().state();
    let (serve, settings, engine) = (&state.serve, &state.settings, &state.engine);
    let messages = state.messages.all().next().map(|kept| kept.number);
    let rollouts: Vec<_> = engine.rollouts.iter().map(|rollout| (rollout.id, rollout.ended)).collect();
    let names: Vec<_> = engine.devices.iter().map(|device| device.label()).collect();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {} {messages:?} {:?} {:?} {rollouts:?} {names:?}",
        serve.image,
        serve.client,
        settings.kept,
        settings.set,
        settings.typed,
        settings.restart,
        engine.serving.is_some(),
        state.keys
    )
}
