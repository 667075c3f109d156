//! `skylift envelope show`: what an envelope is for and what it holds, in the fields that Toit's firmware tool has.

use std::path::{Path, PathBuf};

use clap::Args;

use super::text::{self, Named};
use super::{Call, OutputFormat};
use crate::cli::failure::Failure;
use crate::cli::made;
use crate::image::envelope::{
    Container, Content, Envelope, EnvelopeError, Importance, Kind, Start, Trigger, Value, json,
};

#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Show the parts of the firmware too
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    output: Output,
}

/// Where it is shown.
#[derive(Args, Clone, Debug)]
pub(super) struct Output {
    /// Write it to F, as JSON
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Arguments, call: &Call<'_>) -> Result<(), Failure> {
    let envelope = call.open()?;
    let mut value = in_fields(&envelope).map_err(|error| Failure::from(error).of(call.path))?;
    if let (true, Value::Map(pairs)) = (args.all, &mut value) {
        pairs.push(pair("entries", parts(&envelope)));
    }
    args.output.tell(&value, Named::InLists, call)
}

/// The fields that Toit's tool shows.
pub(in crate::cli) fn in_fields(envelope: &Envelope) -> Result<Value, EnvelopeError> {
    let kind = if envelope.kind() == Kind::Esp32 { "esp32" } else { "host" };
    let mut pairs = vec![
        // Other versions are not read.
        pair("envelope-format-version", Value::Int(8)),
        pair("kind", string(kind)),
        pair("sdk-version", string(envelope.sdk_version())),
    ];
    pairs.extend(envelope.chip().map(|chip| pair("chip", string(chip))));
    pairs.push(pair("containers", containers(envelope)?));
    Ok(Value::Map(pairs))
}

pub(super) fn containers(envelope: &Envelope) -> Result<Value, EnvelopeError> {
    let containers = envelope.containers()?;
    Ok(Value::Map(containers.iter().map(|container| pair(container.name, described(container))).collect()))
}

fn described(container: &Container<'_>) -> Value {
    let kind = if container.content == Content::Snapshot { "snapshot" } else { "image" };
    let mut pairs =
        vec![pair("kind", string(kind)), pair("id", string(&container.id.to_string())), size(container.size)];
    pairs.extend(container.assets.map(|assets| pair("assets", Value::Map(vec![size(assets.len())]))));
    let flags: Vec<_> = flags(container.start).into_iter().map(string).collect();
    if !flags.is_empty() {
        pairs.push(pair("flags", Value::List(flags)));
    }
    Value::Map(pairs)
}

/// How a container runs, in the words of the options that install it.
pub(in crate::cli) fn flags(start: Start) -> Vec<&'static str> {
    let boot = (start.trigger == Trigger::Boot).then_some("trigger=boot");
    let critical = (start.importance == Importance::Critical).then_some("critical");
    boot.into_iter().chain(critical).collect()
}

/// The parts that are no containers.
fn parts(envelope: &Envelope) -> Value {
    let parts = envelope.entries().filter_map(|(name, data)| Some((name.strip_prefix('$')?, data)));
    Value::Map(parts.map(|(name, data)| pair(name, Value::Map(vec![size(data.len())]))).collect())
}

impl Output {
    pub(super) fn tell(&self, value: &Value, named: Named, call: &Call<'_>) -> Result<(), Failure> {
        match self.file() {
            Some(file) => made::write(file, &json::encode(value)?)?,
            None => match call.format {
                OutputFormat::Json => call.json(value)?,
                OutputFormat::Plain => call.session.output.part(text::plain(value)),
                // Toit's tool ends the text with an empty line.
                OutputFormat::Human => call.session.output.line(text::human(value, named)),
            },
        }
        Ok(())
    }

    /// `-` is standard output.
    fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| path.as_os_str() != "-")
    }
}

fn pair(key: &str, value: Value) -> (String, Value) {
    (key.to_owned(), value)
}

fn string(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn size(bytes: usize) -> (String, Value) {
    pair("size", Value::Int(i64::try_from(bytes).unwrap_or(i64::MAX)))
}
