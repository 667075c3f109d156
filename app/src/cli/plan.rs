//! `skylift plan IMAGE DEVICE...`: what an update would send to each device, in which ways, and how long that would
//! take. It sends nothing.

mod bar;
mod json;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use futures_util::{StreamExt as _, stream};

use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::keys::signer_name;
use super::session::Session;
use super::update::{
    Allowed, Care, Chosen, Found, Group, JaguarOptions, Sending, View, Whom, exit_of, groups, image_for,
};
use crate::advice::Advice as _;
use crate::engine::{Airtime, Device, Engine, Plan, PlanError, UpdateOptions};
use crate::image::Image;
use crate::image::sign::SignerName;
use crate::store::Wishes;
use bar::Bar;

/// So many devices are planned at the same time.
const AT_A_TIME: usize = 8;

/// Which image, and which devices.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The image, as `skylift update` takes it
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// Print one JSON object a device, and one with the sums if there are several
    #[arg(long)]
    json: bool,
    /// Plan for the image as it is once the key of this name has signed it
    #[arg(long, value_name = "N", value_parser = signer_name)]
    sign: Option<SignerName>,
    #[command(flatten)]
    allowed: Allowed,
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    jaguar: JaguarOptions,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let sending = Sending::new(&args.image, args.sign.as_ref(), &args.jaguar, args.json, session)?;
    let care = Care::from(args.whom.clone());
    let chosen = Chosen::new(&care, session)?;
    let discovery = care.discovery(&chosen, session);
    let options = UpdateOptions {
        allow_unguarded: args.allowed.allow_unguarded,
        allow_other_project: args.allowed.allow_other_project,
        allow_without_jaguar: args.jaguar.without_jaguar,
        ..UpdateOptions::default()
    };
    session.with_history(session.config(discovery, &Wishes::default())?, async |engine| {
        let view = View::new(args.json);
        let work = async {
            let mut found = chosen.find(engine, &care, &view, session).await?;
            let groups = wanted(engine, sending, &mut found, args, &view, session).await?;
            Ok(plan_all(engine, groups, options, args.json, session).await.max(exit_of(&found.not_found)))
        };
        tokio::select! {
            exit = work => exit,
            () = interrupted() => Err(Failure::new("cancelled; nothing was sent")),
        }
    })
}

/// Each image, and the devices that would get it.
async fn wanted(
    engine: &Engine,
    sending: Sending,
    found: &mut Found,
    args: &Arguments,
    view: &View,
    session: &Session,
) -> Result<Vec<Group>, Failure> {
    let image = match sending {
        _ if found.devices.is_empty() => return Ok(Vec::new()),
        Sending::Image(image) => image,
        Sending::Envelope(envelope) => image_for(*envelope, found, &args.jaguar, view, session).await?,
        Sending::Newest => return groups(engine, found, view, session).await,
    };
    Ok(vec![Group { image, devices: found.devices.clone() }])
}

/// A device, and what an update would come to.
struct Planned {
    device: Arc<Device>,
    image: Arc<Image>,
    plan: Result<Plan, PlanError>,
}

/// Plans for all devices, shows the plans in their order, and ends with the worst.
async fn plan_all(
    engine: &Engine,
    groups: Vec<Group>,
    options: UpdateOptions,
    json: bool,
    session: &Session,
) -> Exit {
    let pairs = groups.into_iter().flat_map(|Group { image, devices }| {
        devices.into_iter().map(move |device| (device, Arc::clone(&image)))
    });
    let pairs: Vec<_> = pairs.collect();
    let bar = Bar::new();
    let plans = pairs.into_iter().map(async |(device, image)| {
        let tell = |working_out| bar.show(&device, working_out);
        let plan = engine.plan_and_tell(device.id.clone(), Arc::clone(&image), options, tell).await;
        Planned { device, image, plan }
    });
    let mut plans = stream::iter(plans).buffered(AT_A_TIME);
    let (mut sum, mut worst) = (Sum::default(), Exit::Done);
    while let Some(planned) = plans.next().await {
        sum.add(&planned);
        worst = worst.max(planned.exit());
        bar.beside(|| planned.show(sum.devices == 1, json, session));
    }
    bar.end();
    if sum.devices > 1 {
        sum.show(json, session);
    }
    worst
}

impl Planned {
    /// How an update that went as planned would end.
    fn exit(&self) -> Exit {
        match &self.plan {
            Ok(_) => Exit::Done,
            Err(PlanError::NotSent(verdict)) => Exit::from(verdict),
            Err(PlanError::NoSuchDevice(_) | PlanError::Stopped) => Exit::Failed,
        }
    }

    fn show(&self, first: bool, json: bool, session: &Session) {
        if json {
            return session.output.json(&json::line(self));
        }
        if !first {
            session.output.line("");
        }
        text::lines(self).iter().for_each(|line| session.output.line(line));
        self.advise();
    }

    /// What to try goes to stderr, as for every error.
    fn advise(&self) {
        use std::io::Write as _;
        if let Err(error) = &self.plan {
            for advice in error.advice() {
                // If nobody reads it, nobody wants to know.
                let _ = writeln!(std::io::stderr(), "  try: {advice}");
            }
        }
    }
}

/// What several devices come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    devices: usize,
    /// Those to which something would be sent.
    planned: usize,
    airtime: Airtime,
}

impl Sum {
    fn add(&mut self, planned: &Planned) {
        self.devices += 1;
        let Ok(plan) = &planned.plan else { return };
        self.planned += 1;
        let sent = plan.cost().map_or(plan.raw_bytes, |cost| cost.bytes);
        self.airtime += Airtime { sent: sent.into(), raw: plan.raw_bytes.into() };
    }

    fn show(&self, json: bool, session: &Session) {
        if json {
            session.output.json(&json::summary(self));
        } else {
            session.output.line(format_args!("\n{}", text::summary(self)));
        }
    }
}
