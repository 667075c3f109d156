//! Updates as lines of text or JSON: one for each step and each tenth of a download.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use skylift_protocol::{Crash, Digest};

use super::super::failure::Failure;
use super::super::session::Session;
use super::summary::Summary;
use super::words;
use crate::engine::{End, Happening, HostReason, Job, JobId, Member, NewSigners, Progress, Step, Verdict};

/// What has been written of each update.
#[derive(Debug, Default)]
pub(in crate::cli) struct Lines {
    json: bool,
    written: HashMap<JobId, Written>,
}

/// What has been written of one update.
#[derive(Debug, Default)]
struct Written {
    opened: bool,
    happenings: usize,
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
            for line in written.news(job) {
                if self.json {
                    session.output.json(&line.as_json(job));
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

/// A line of JSON: the device's id, and what is new of it.
#[derive(Serialize)]
struct JsonLine<'a> {
    device: &'a str,
    #[serde(flatten)]
    what: JsonNews<'a>,
}

/// What is new. The last line of a device is one of those with a verdict.
#[derive(Serialize)]
#[serde(untagged)]
enum JsonNews<'a> {
    Opening {
        name: &'a str,
        from_version: &'a str,
        version: &'a str,
        size: u32,
        image_sha256: Digest,
    },
    Served {
        served_at: SocketAddr,
    },
    Pushed {
        not_reached: &'a [SocketAddr],
        why: String,
    },
    Step {
        phase: &'a str,
    },
    Progress {
        phase: &'a str,
        written: u32,
        total: u32,
        rate: Option<f64>,
    },
    Resumed {
        resumed_from: u32,
    },
    Trusts {
        trusts: NewSigners,
    },
    Note {
        note: String,
    },
    Verdict {
        verdict: &'a str,
        reason: Option<&'a str>,
        detail: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        crash: Option<&'a Crash>,
        phase: &'a str,
        name: &'a str,
        version: &'a str,
    },
    WithoutJob {
        verdict: &'a str,
        reason: Option<&'a str>,
        detail: &'a str,
        name: &'a str,
        version: &'a str,
    },
    NotFound {
        verdict: &'a str,
        reason: &'a str,
        detail: &'a str,
    },
}

/// One line.
enum Line {
    Opening,
    Happening(Happening),
    Progress(Progress),
    Verdict(Verdict),
}

impl Written {
    /// The lines that have become due.
    fn news(&mut self, job: &Job) -> Vec<Line> {
        let mut lines = Vec::new();
        if !std::mem::replace(&mut self.opened, true) {
            lines.push(Line::Opening);
        }
        lines.extend(words::untold(job, self.happenings).cloned().map(Line::Happening));
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
}

impl Line {
    fn as_text(&self, job: &Job) -> String {
        match self {
            Self::Opening => words::opening(job),
            Self::Happening(Happening::Entered(Step::PendingValidation)) => words::phase(&job.phase),
            Self::Happening(happening) => words::happening(happening),
            Self::Progress(progress) => words::download(*progress),
            Self::Verdict(verdict) => words::verdict(verdict, job),
        }
    }

    fn as_json<'j>(&'j self, job: &'j Job) -> JsonLine<'j> {
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
                detail: verdict.detail(),
                crash: verdict.crash(),
                phase: job.phase.step().as_str(),
                name: &job.device_label,
                version: &job.image.version,
            },
        };
        JsonLine { device: &job.device, what }
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
