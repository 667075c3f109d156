//! Updates as lines of text or JSON: one for each step and each tenth of a download.

mod json;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;

use skylift_protocol::{Encoding, Id};

use super::super::airtime;
use super::super::failure::Failure;
use super::super::session::Session;
use super::summary::Summary;
use super::words;
use crate::engine::{
    End, Happening, HostReason, Job, JobId, Member, Preparation, Progress, Step, Verdict, WorkingOut,
};
use json::{JsonLine, JsonNews};

/// What has been written of each update.
#[derive(Debug, Default)]
pub(in crate::cli) struct Lines {
    json: bool,
    written: HashMap<JobId, Written>,
}

/// What has been written of one update.
#[derive(Debug, Default)]
struct Written {
    /// By which id it began; an update may give the device another one.
    device: Option<Id>,
    opened: bool,
    happenings: usize,
    /// Which stream it has been said to wait for.
    working_out: Option<Encoding>,
    tenths: Option<u32>,
    ended: bool,
}

impl Lines {
    pub(super) fn new(json: bool) -> Self {
        Self { json, ..Self::default() }
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Writes what is new.
    pub(super) fn show(&mut self, jobs: &[&Arc<Job>], session: &Session) {
        for job in jobs {
            let written = self.written.entry(job.id).or_default();
            let lines = written.news(job);
            let device = written.device.as_ref().unwrap_or(&job.device);
            for line in lines {
                if self.json {
                    session.output.json(&line.as_json(job, device));
                } else {
                    session.output.line(format_args!("{}: {}", job.device_label, line.as_text(job)));
                    line.tell_below(job, session);
                }
            }
        }
    }

    /// A remark, beside the lines that programs read.
    pub(super) fn note(&self, note: &str, session: &Session) {
        if self.json {
            // If nobody reads it, nobody wants to know.
            let _ = writeln!(std::io::stderr(), "note: {note}");
        } else {
            session.output.line(format_args!("note: {note}"));
        }
    }

    /// A device that is waited for.
    pub(super) fn away(&self, member: &Member, session: &Session) {
        if self.json {
            self.json_of(member, JsonNews::Note { note: words::AWAY.to_owned() }, session);
        } else {
            session.output.line(format_args!("{}: {}", member.label, words::AWAY));
        }
    }

    /// A device that waits was told to erase ahead.
    pub(super) fn prepared(
        &self,
        member: &Member,
        preparation: &Preparation,
        told: String,
        session: &Session,
    ) {
        if !self.json {
            return session.output.line(format_args!("{}: {told}", member.label));
        }
        let what = match preparation {
            Preparation::Erases { slot } => JsonNews::Erases { erases_slot: *slot },
            Preparation::Asked | Preparation::Left(_) => JsonNews::Note { note: told },
        };
        self.json_of(member, what, session);
    }

    /// The end of a device that had no update.
    pub(super) fn without_job(&self, member: &Member, end: &End, version: &str, session: &Session) {
        if !self.json {
            let words = words::end_without_job(end, version);
            return session.output.line(format_args!("{}: {words}", member.label));
        }
        let (verdict, reason, detail) = match end {
            End::Skipped => {
                ("skipped", Some(HostReason::SameImage.as_str()), "the device runs this very image already")
            }
            End::NotStarted(why) => ("not_started", Some(why.as_str()), why.detail()),
            End::Verdict(verdict) => (verdict.as_str(), verdict.reason(), verdict.detail()),
        };
        let name = &*member.label;
        self.json_of(member, JsonNews::WithoutJob { verdict, reason, detail, name, version }, session);
    }

    /// What came of a rollout: the last line.
    pub(super) fn sum_up(&self, summary: &Summary, session: &Session) {
        if self.json {
            session.output.json(&serde_json::json!({ "summary": summary }));
        } else {
            summary.lines().iter().for_each(|line| session.output.line(line));
        }
    }

    fn json_of(&self, member: &Member, what: JsonNews<'_>, session: &Session) {
        let called = member.target.to_string();
        let device = member.device.as_ref().map_or(&*called, |id| id.as_str());
        session.output.json(&JsonLine { device, what });
    }

    pub(super) fn not_found(&self, called: &str, failure: &Failure, session: &Session) {
        if self.json {
            let what =
                JsonNews::NotFound { verdict: "failed", reason: "not_found", detail: &failure.sentence };
            session.output.json(&JsonLine { device: called, what });
        }
    }
}

/// One line.
enum Line {
    Opening,
    WorkingOut(WorkingOut),
    Happening(Happening),
    Progress(Progress),
    Verdict(Verdict),
}

impl Written {
    /// The lines that have become due.
    fn news(&mut self, job: &Job) -> Vec<Line> {
        let mut lines = Vec::new();
        self.device.get_or_insert_with(|| job.device.clone());
        if !std::mem::replace(&mut self.opened, true) {
            lines.push(Line::Opening);
        }
        let waits_for = job.working_out.filter(|stream| self.working_out != Some(stream.encoding));
        if let Some(stream) = waits_for {
            self.working_out = Some(stream.encoding);
            lines.push(Line::WorkingOut(stream));
        }
        for happening in words::untold(job, self.happenings).cloned() {
            lines.extend(self.rest_of(job, &happening));
            lines.push(Line::Happening(happening));
        }
        self.happenings = job.history.len();
        if let Some(progress) = job.phase.progress() {
            let tenths = progress.percent() / 10;
            if self.tenths.replace(tenths) != Some(tenths) {
                lines.push(Line::Progress(progress));
            }
        }
        if let (Some(verdict), false) = (&job.verdict, self.ended) {
            self.ended = true;
            lines.push(Line::Verdict(verdict.clone()));
        }
        lines
    }

    /// What is missing of the download once it is over: a quick one is passed over by the snapshots.
    fn rest_of(&mut self, job: &Job, happening: &Happening) -> Option<Line> {
        let is_over = matches!(happening, Happening::Entered(step) if step.is_past_recall());
        let told = self.tenths.filter(|tenths| is_over && *tenths < 10);
        told.map(|_| {
            self.tenths = Some(10);
            Line::Progress(Progress { written: job.image.size, total: job.image.size, rate: None })
        })
    }
}

impl Line {
    fn as_text(&self, job: &Job) -> String {
        match self {
            Self::Opening => words::opening(job),
            Self::WorkingOut(stream) => airtime::working_out(stream.encoding).to_owned(),
            Self::Happening(Happening::Entered(Step::PendingValidation)) => words::phase(job),
            Self::Happening(happening) => words::happening(happening),
            Self::Progress(progress) => words::download(*progress),
            Self::Verdict(verdict) => words::verdict(verdict, job),
        }
    }

    fn as_json<'j>(&'j self, job: &'j Job, device: &'j Id) -> JsonLine<'j> {
        let what = match self {
            Self::Opening => JsonNews::Opening {
                name: &job.device_label,
                from_version: &job.from_version,
                version: &job.image.version,
                size: job.image.size,
                image_sha256: job.image.image_sha256,
            },
            Self::Happening(Happening::Entered(step)) => JsonNews::Step { phase: step.as_str() },
            Self::Happening(Happening::Reached(at)) => JsonNews::Served { served_at: *at },
            Self::Happening(Happening::Pushes(tried)) => {
                JsonNews::Pushed { not_reached: tried, why: words::why_pushed(tried) }
            }
            Self::WorkingOut(stream) => JsonNews::WorkingOut { working_out: stream.encoding },
            Self::Happening(Happening::Planned(plan)) => JsonNews::Planned {
                encoding: plan.chosen,
                bytes: plan.cost().map_or(plan.raw_bytes, |cost| cost.bytes),
                raw_bytes: plan.raw_bytes,
                seconds: plan.cost().map(|cost| cost.seconds),
            },
            Self::Happening(Happening::FellBack { from, to, why }) => {
                JsonNews::FellBack { fell_back_from: *from, encoding: *to, why }
            }
            Self::Happening(Happening::Resumed(from)) => JsonNews::Resumed { resumed_from: *from },
            Self::Happening(Happening::Trusts(signers)) => JsonNews::Trusts { trusts: *signers },
            Self::Happening(happening) => JsonNews::Note { note: words::happening(happening) },
            Self::Progress(progress) => JsonNews::Progress {
                phase: Step::Downloading.as_str(),
                written: progress.written,
                total: progress.total,
                rate: progress.rate,
            },
            Self::Verdict(verdict) => JsonNews::Verdict {
                verdict: verdict.as_str(),
                reason: verdict.reason(),
                inferred: verdict.is_inferred(),
                became: Some(&job.device).filter(|id| *id != device).map(|id| id.as_str()),
                detail: verdict.detail(),
                encoding: job.sending.map(|sending| sending.encoding),
                sent_bytes: job.airtime().sent,
                saved_percent: job.airtime().saved_percent(),
                crash: verdict.crash(),
                phase: job.phase.step().as_str(),
                name: &job.device_label,
                version: &job.image.version,
            },
        };
        JsonLine { device, what }
    }

    /// What to try after the verdict goes to stderr, as for every error.
    fn tell_below(&self, job: &Job, session: &Session) {
        if let Self::Verdict(verdict) = self {
            let (lines, advice) = words::below(verdict, job, session);
            lines.iter().for_each(|line| session.output.line(line));
            for advice in advice {
                // If nobody reads it, nobody wants to know.
                let _ = writeln!(std::io::stderr(), "  try: {advice}");
            }
        }
    }
}
