//! An update in words: what both ways of showing it say.

use std::net::SocketAddr;
use std::time::Instant;

use super::super::session::Session;
use super::super::{airtime, crash, figures};
use crate::engine::{End, Happening, Job, Phase, Progress, Snapshot, Verdict, open_port, printable};
use crate::server::DEFAULT_PORT;

/// What is about to happen.
pub(super) fn opening(job: &Job) -> String {
    let from = if job.from_version.is_empty() { "?" } else { &job.from_version };
    format!("{from} -> {}, {}", printable(&job.image.version), figures::size(job.image.size))
}

/// What happened after the first `told` happenings. An image that is offered again goes the same way, which is told
/// once.
pub(super) fn untold(job: &Job, told: usize) -> impl Iterator<Item = &Happening> {
    let (before, news) = job.history.split_at(told.min(job.history.len()));
    let mut way = before.iter().rev().find(|happening| is_way(happening));
    news.iter().filter(move |&happening| {
        let same_way = is_way(happening) && way == Some(happening);
        if is_way(happening) {
            way = Some(happening);
        }
        !same_way
    })
}

const fn is_way(happening: &Happening) -> bool {
    matches!(happening, Happening::Reached(_) | Happening::Pushes(_))
}

/// Something that happened.
pub(super) fn happening(happening: &Happening) -> String {
    match happening {
        Happening::Entered(step) => step.to_string(),
        Happening::Reached(at) => format!("served at {at}, which the device reaches"),
        Happening::Pushes(tried) => format!("pushed, not fetched: {}", why_pushed(tried)),
        Happening::Planned(plan) => match plan.cost() {
            Some(cost) => airtime::forecast(plan.chosen, cost, plan.raw_bytes),
            None => plan.chosen.to_string(),
        },
        Happening::FellBack { from, to, why } => format!("not {from} after all but {to}: {why}"),
        Happening::Resumed(from) => {
            format!("resumed at {}: the device has kept what it had", figures::size(*from))
        }
        Happening::PowerLost => "lost power during the download; it is offered the image again".to_owned(),
        Happening::SentAgain(percent) => format!("the connection broke at {percent} %, sending it again"),
        Happening::Withdrawn => "the image is withdrawn; waiting for the device to confirm that".to_owned(),
        Happening::TooLateToCancel => {
            "too late to cancel: the device has the whole image; what becomes of it will be told".to_owned()
        }
        Happening::SeenAgain => "was seen again".to_owned(),
        Happening::Trusts(signers) => {
            format!("takes images of {signers} from now on, and of nobody else")
        }
    }
}

/// Why the device does not fetch the image.
pub(super) fn why_pushed(tried: &[SocketAddr]) -> String {
    if tried.is_empty() {
        return "this computer has no address that the device could reach".to_owned();
    }
    let port = tried.first().map_or(DEFAULT_PORT, SocketAddr::port);
    let tried: Vec<String> = tried.iter().map(ToString::to_string).collect();
    format!(
        "the device cannot reach this computer at {}; a VPN, a guest network or a firewall may be between. A firewall \
         is opened by: {}",
        tried.join(", "),
        open_port(port).join(", or ")
    )
}

/// A phase with its figures.
pub(super) fn phase(job: &Job) -> String {
    match &job.phase {
        Phase::Preparing if let Some(stream) = job.working_out => {
            format!("{}, {} %", airtime::working_out(stream.encoding), stream.percent)
        }
        Phase::Downloading(progress) => format!("downloading {}", download(*progress)),
        Phase::PendingValidation { deadline: Some(deadline) } => {
            let left = deadline.saturating_duration_since(Instant::now());
            format!("pending validation, {} left, do not power off", figures::time(left))
        }
        other => other.step().to_string(),
    }
}

/// How far a download is.
pub(super) fn download(progress: Progress) -> String {
    let mut text = format!(
        "{} % ({} of {}",
        progress.percent(),
        figures::size(progress.written),
        figures::size(progress.total)
    );
    if let Some(rate) = progress.rate {
        text.push_str(&format!(", {}", figures::speed(rate)));
    }
    if let Some(left) = progress.time_left() {
        text.push_str(&format!(", {} left", figures::time(left)));
    }
    text.push(')');
    text
}

/// The verdict.
pub(super) fn verdict(verdict: &Verdict, job: &Job) -> String {
    let version = printable(&job.image.version);
    match verdict {
        Verdict::Validated => format!("validated: it runs {version}, and has kept it{}", spared(job)),
        Verdict::ValidatedInferred => {
            format!("validated, inferred: {}; from now on it is {}", verdict.detail(), job.device)
        }
        Verdict::AlreadyRunning => format!("validated: it runs {version} already; nothing was sent"),
        Verdict::RolledBack(cause) => {
            let inferred = if verdict.is_inferred() { ", inferred" } else { "" };
            format!("rolled back{inferred} ({}): {}", cause.reason.as_str(), cause.detail)
        }
        Verdict::Refused(cause) => format!("refused ({}): {}", cause.reason.as_str(), cause.detail),
        Verdict::Failed { step, cause } => {
            format!("failed while {step} ({}): {}", cause.reason.as_str(), cause.detail)
        }
        Verdict::Lost { .. } => format!("lost: {}", verdict.detail()),
        Verdict::Sent => format!("sent: {}", verdict.detail()),
    }
}

/// What the way in which it was sent has spared, to be read behind the verdict.
fn spared(job: &Job) -> String {
    let airtime = job.airtime();
    match airtime.saved_percent() {
        Some(percent) => format!("; {} sent, saves {percent} %", airtime::size(airtime.sent)),
        _ => String::new(),
    }
}

/// What is said of a device that is waited for.
pub(super) const AWAY: &str = "does not answer; it is updated when it comes back";

/// The end of a device of a rollout that had no update.
pub(super) fn end_without_job(end: &End, version: &str) -> String {
    match end {
        End::Skipped => format!("skipped: it runs {} already", printable(version)),
        End::NotStarted(why) => format!("not started ({}): {}", why.as_str(), why.detail()),
        End::Verdict(verdict) => format!("{}: {}", verdict.as_str(), verdict.detail()),
    }
}

/// What is told below a verdict, where the image crashed, and then what to try. A drill has words of its own for both.
pub(super) fn below(verdict: &Verdict, job: &Job, session: &Session) -> (Vec<String>, Vec<String>) {
    if job.drill.is_some() {
        return (Vec::new(), Vec::new());
    }
    let (lines, advice_on_crash) = crash::below(verdict, session);
    (lines, advice(verdict, job).into_iter().chain(advice_on_crash).collect())
}

/// What to try after a verdict, in terms of the command line.
fn advice(verdict: &Verdict, job: &Job) -> Vec<String> {
    let device = &job.device;
    let option = match verdict.reason() {
        Some("unguarded") => Some("--allow-unguarded sends it all the same".to_owned()),
        Some("wrong_project") => Some("--allow-other-project sends it all the same".to_owned()),
        Some("without_jaguar") => Some("--without-jaguar sends it all the same".to_owned()),
        Some("pending_validation") => Some(format!(
            "skylift validate {device} keeps the image that runs, skylift rollback {device} does not"
        )),
        _ if matches!(verdict, Verdict::Lost { .. }) => {
            Some(format!("skylift status {device} tells what it runs, once it is back"))
        }
        _ => None,
    };
    verdict.advice().into_iter().chain(option).collect()
}

/// The warning that the file server has another port than it should.
pub(super) fn other_port(snapshot: &Snapshot) -> Option<String> {
    let listening = snapshot.listening?;
    let (wanted, found) = (listening.instead_of?, listening.address.port());
    Some(format!(
        "port {wanted} is taken, so images are served on port {found}: a firewall rule for {wanted} does not cover it"
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use skylift_protocol::{Encoding, bounded};

    use super::*;
    use crate::engine::{Basis, Cost, Plan, Way};

    #[test]
    fn what_is_sent_is_said_before_and_when_it_changes() {
        let way = |encoding, bytes, seconds| Way { encoding, cost: Ok(Cost { bytes, seconds }) };
        let plan = Plan {
            device: bounded("sky-01"),
            label: "lamp".to_owned(),
            raw_bytes: 1 << 20,
            ways: vec![way(Encoding::Raw, 1 << 20, 12.0), way(Encoding::Delta, 3148, 6.2)],
            chosen: Encoding::Delta,
            basis: Basis::Typical,
        };
        let raw = Plan { chosen: Encoding::Raw, ..plan.clone() };
        let told = [plan, raw].map(|plan| happening(&Happening::Planned(Arc::new(plan))));
        assert_eq!(told, ["delta, 3.1 KiB instead of 1.0 MiB, about 6.2 s", "raw, 1.0 MiB, about 12 s"]);
        let why = "the device runs another image".to_owned();
        let fell_back = Happening::FellBack { from: Encoding::Delta, to: Encoding::Compressed, why };
        let told = "not delta after all but compressed: the device runs another image";
        assert_eq!(happening(&fell_back), told);
    }
}
