//! Planning an update: which image for which devices, and what each of them will say to it.

mod begin;

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use skylift_protocol::{Digest, Encoding, ErrorCode, Id, Protection};

use super::care::{Care, Caution, Outlook};
use super::foretell::together;
use super::ways::{Ways, cost_of};
use super::{Shown, Wish};
use crate::advice::Advice as _;
use crate::engine::{
    Airtime, Canary, Cause, Cost, Device, Forecast, HostReason, JaguarInside, Limits, NotStarted, Presence,
    Snapshot, Why, forecast, jaguar_forecast, printable,
};
use crate::gui::dialog::{Consequence, Dialog, Question};
use crate::gui::effect::Effect;
use crate::gui::state::State;
use crate::image::Image;
use crate::image::newest::compare;
pub(super) use begin::begin;

/// An update that is being planned.
#[derive(Debug)]
pub struct Plan {
    /// The devices that can be chosen, in the order in which they begin; ticked or not.
    pub devices: Vec<(Id, bool)>,
    /// The chosen image.
    pub image: Option<Digest>,
    /// The same, opened.
    pub opened: Option<Arc<Image>>,
    /// What it is for Jaguar devices.
    pub inside: Option<JaguarInside>,
    /// How careful it is.
    pub care: Care,
    /// What each way to send it costs.
    pub ways: Ways,
}

impl Plan {
    /// The devices that are ticked.
    #[must_use]
    pub fn chosen(&self) -> Vec<Id> {
        self.devices.iter().filter(|(_, ticked)| *ticked).map(|(id, _)| id.clone()).collect()
    }

    /// What a device will say to the image, sent as it is wished for; `engine` knows the others.
    #[must_use]
    pub fn outlook(&self, device: &Device, engine: &Snapshot) -> Outlook {
        let outlook = self.in_principle(device, engine);
        match self.not_so(&device.id) {
            Some(cause) if outlook == Outlook::Known(Forecast::Send) => {
                Outlook::Known(Forecast::Refuse(cause))
            }
            _ => outlook,
        }
    }

    /// Why the device cannot be sent the image as it is wished for, if that is so.
    fn not_so(&self, device: &Id) -> Option<Cause> {
        let wish = self.care.encoding?;
        let why = self.ways.of(device)?.way(wish)?.cost.as_ref().err()?;
        let detail = format!("it cannot be sent {wish}: {why}");
        let cause = Cause::new(Why::Host(HostReason::NotThisWay), detail);
        let advice = why.advice();
        Some(if advice.is_empty() { cause } else { Cause { advice, ..cause } })
    }

    /// What a device will say to the image, whatever way it is sent.
    #[must_use]
    pub fn in_principle(&self, device: &Device, engine: &Snapshot) -> Outlook {
        if device.presence == Presence::Offline {
            return Outlook::Away(self.care.when_back);
        }
        if let Some(access) = device.access.filter(|access| access.is_closed()) {
            let reason = Why::Rule(ErrorCode::Unauthorised);
            return Outlook::Known(Forecast::Refuse(Cause::new(reason, access.sentence())));
        }
        if device.family.jaguar().is_some() && self.chosen().len() > 1 {
            let reason = Why::Host(HostReason::NotWithJaguar);
            return Outlook::Known(Forecast::Refuse(Cause::new(reason, NotStarted::Jaguar.detail())));
        }
        if let (Some(facts), Some(image), Some(inside)) = (device.family.jaguar(), &self.opened, &self.inside)
        {
            let is_known = |id: &Id| engine.device(id).is_some();
            return Outlook::Known(jaguar_forecast(facts, (image, inside), &self.care.options(), is_known));
        }
        match (&self.opened, &device.status) {
            (None, _) => Outlook::Unknown("Choose an image first"),
            (Some(_), None) => {
                Outlook::Unknown("The device has not answered yet; it is asked when the update begins")
            }
            (Some(image), Some(status)) => Outlook::Known(forecast(status, image, &self.care.options())),
        }
    }

    /// What is to be known of a device that the image could be sent to.
    #[must_use]
    pub fn cautions(&self, device: &Device) -> Vec<Caution> {
        let (Some(image), Some(status)) = (&self.opened, &device.status) else { return Vec::new() };
        let running = &status.running;
        if running.image_sha256 == image.image_sha256 {
            return Vec::new();
        }
        let mut cautions = Vec::new();
        if running.project.as_str() != image.project {
            cautions.push(Caution::OtherProject(printable(&running.project)));
        } else {
            match compare(&image.version, &running.version) {
                Some(Ordering::Less) => cautions.push(Caution::Older(printable(&running.version))),
                Some(Ordering::Equal) => cautions.push(Caution::OtherBuild),
                Some(Ordering::Greater) | None => {}
            }
        }
        if image.guard().is_none() && status.protection != Protection::Bootloader {
            cautions.push(Caution::Unguarded);
        }
        cautions
    }

    /// Those among the chosen devices that the image would be sent to, now or when they are back.
    #[must_use]
    pub fn sendable<'s>(&self, engine: &'s Snapshot) -> Vec<&'s Arc<Device>> {
        let chosen = self.chosen();
        let devices = chosen.iter().filter_map(|id| engine.device(id));
        let will_send = |device: &&Arc<Device>| {
            matches!(
                self.outlook(device, engine),
                Outlook::Unknown(_) | Outlook::Away(true) | Outlook::Known(Forecast::Send)
            )
        };
        devices.filter(will_send).collect()
    }

    /// What one device is sent, and how long that takes, once it is known.
    #[must_use]
    pub fn cost(&self, device: &Id) -> Option<Cost> {
        cost_of(self.ways.of(device)?, self.care.encoding)
    }

    /// What all of them are sent together, once it is known of each.
    #[must_use]
    pub fn airtime(&self, engine: &Snapshot) -> Option<Airtime> {
        let whole = u64::from(self.opened.as_ref()?.size());
        let devices = self.sendable(engine);
        let sum = devices.iter().try_fold(Airtime::default(), |mut sum, device| {
            sum += Airtime { sent: u64::from(self.cost(&device.id)?.bytes), raw: whole };
            Some(sum)
        });
        sum.filter(|_| !devices.is_empty())
    }

    /// How long it takes altogether.
    #[must_use]
    pub fn whole_time(&self, state: &State) -> Option<Duration> {
        let devices = self.sendable(&state.engine);
        let time = |device: &&Arc<Device>| Duration::try_from_secs_f64(self.cost(&device.id)?.seconds).ok();
        let times: Vec<_> = devices.iter().map(time).collect();
        let canary = self.care.canary && devices.len() > 1;
        together(&times, state.settings.kept.parallel.get(), canary)
    }

    /// The devices that an older version would be put on.
    #[must_use]
    pub fn downgrades<'s>(&self, engine: &'s Snapshot) -> Vec<&'s Arc<Device>> {
        let older = |device: &&Arc<Device>| {
            self.cautions(device).iter().any(|caution| matches!(caution, Caution::Older(_)))
        };
        self.sendable(engine).into_iter().filter(older).collect()
    }

    /// Why it cannot be started, if it cannot.
    #[must_use]
    pub fn why_not(&self, engine: &Snapshot) -> Option<&'static str> {
        if self.image.is_none() {
            Some("Choose an image first")
        } else if self.opened.is_none() {
            Some("The image is being opened")
        } else if self.chosen().is_empty() {
            Some("Tick a device first")
        } else if self.sendable(engine).is_empty() {
            Some("None of the devices would take this image now")
        } else {
            None
        }
    }
}

pub(super) fn choose(state: &mut State, image: Digest) -> Vec<Effect> {
    let Shown::Plan(plan) = &mut state.updates.shown else { return Vec::new() };
    plan.image = Some(image);
    plan.opened = None;
    plan.inside = None;
    plan.ways = Ways::default();
    vec![Effect::OpenImage(image)]
}

pub(super) fn toggle(state: &mut State, device: Id) {
    let Shown::Plan(plan) = &mut state.updates.shown else { return };
    for (_, ticked) in plan.devices.iter_mut().filter(|(id, _)| *id == device) {
        *ticked = !*ticked;
    }
    plan.ways.outdate();
}

/// What a device would be sent is asked once more.
pub(super) fn ask_again(state: &mut State, device: &Id) {
    if let Shown::Plan(plan) = &mut state.updates.shown {
        plan.ways.forget(device);
    }
}

pub(super) fn send(state: &mut State, encoding: Option<Encoding>) {
    let Shown::Plan(plan) = &mut state.updates.shown else { return };
    plan.care.encoding = encoding;
    plan.ways.outdate();
}

pub(super) fn opened(state: &mut State, image: Arc<Image>, inside: JaguarInside) {
    let Shown::Plan(plan) = &mut state.updates.shown else { return };
    if plan.image == Some(image.file_sha256) {
        plan.opened = Some(image);
        plan.inside = Some(inside);
    }
}

/// Offers the devices that are not in the plan yet, none of them ticked.
pub(super) fn offer_all(state: &mut State) {
    let Shown::Plan(plan) = &mut state.updates.shown else { return };
    for device in &state.engine.devices {
        if !plan.devices.iter().any(|(id, _)| *id == device.id) {
            plan.devices.push((device.id.clone(), false));
        }
    }
}

/// An older version is put on only after a word.
pub(super) fn ask_or_start(state: &mut State) -> Vec<Effect> {
    let Shown::Plan(plan) = &state.updates.shown else { return Vec::new() };
    let older = plan.downgrades(&state.engine);
    let (Some(first), Some(image)) = (older.first(), &plan.opened) else { return start(state) };
    let whom = match older.len() {
        1 => first.label().to_owned(),
        many => format!("{many} devices"),
    };
    let same = older.iter().all(|device| device.version == first.version);
    let running = if same { first.version.clone() } else { "A newer version".to_owned() };
    let question = Question {
        title: format!("Put the older {} on {whom}?", image.version),
        text: format!(
            "{running} runs there. The older version may not understand what the newer one has stored on the device."
        ),
        stay: if same { format!("Keep {running}") } else { "Keep what runs".to_owned() },
        go: format!("Put {} on", image.version),
        then: Consequence::Action(Box::new(super::wrap(super::Action::StartOlder))),
    };
    state.dialog = Some(Dialog::Question(question));
    Vec::new()
}

pub(super) fn start(state: &mut State) -> Vec<Effect> {
    let Shown::Plan(plan) = &state.updates.shown else { return Vec::new() };
    if plan.why_not(&state.engine).is_some() {
        return Vec::new();
    }
    let Some(image) = plan.opened.clone() else { return Vec::new() };
    let care = plan.care;
    let is_away = |id: &Id| {
        let device = state.engine.device(id);
        device.is_some_and(|device| device.presence == Presence::Offline)
    };
    let devices: Vec<_> = plan.chosen().into_iter().filter(|id| care.when_back || !is_away(id)).collect();
    let many = devices.len() > 1;
    vec![Effect::Update(Wish {
        image,
        options: care.options(),
        limits: Limits {
            parallel: state.settings.kept.parallel.get(),
            stop_after: care.stop_after.filter(|_| many),
        },
        canary: if many && care.canary { Canary::First(1) } else { Canary::Nobody },
        when_back: care.when_back && devices.iter().any(is_away),
        erase_ahead: care.erase_ahead && many,
        devices,
    })]
}

#[cfg(test)]
mod tests;
