//! The command line: one file a command, each a thin call into the engine.

mod action;
mod airtime;
mod args;
mod ask;
mod backup;
mod board;
mod build;
mod cable;
mod certify;
mod crash;
mod demo;
mod demo_image;
mod devices;
mod drill;
mod envelope;
mod erase;
mod exit;
mod failure;
mod fetch_image;
mod figures;
mod firmware;
mod flash;
mod forget;
mod github;
mod history;
mod images;
mod inspect;
mod interrupt;
mod jaguar;
mod keys;
mod log;
mod made;
mod moments;
mod monitor;
mod network_options;
mod networks;
mod output;
mod password;
mod plan;
mod ports;
mod provision;
mod recorded;
mod restore;
mod resume_waiting;
mod secret;
mod serve;
mod session;
mod settings;
mod sign;
mod simulate;
mod sources;
mod status;
mod stock;
mod tag;
mod update;
mod vitals;
mod wifi;
mod window;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use exit::Exit;
use failure::Failure;
use session::Session;

/// Runs the command that the program was called with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; if nobody reads them, that is fine.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2).into();
        }
    };
    crate::open_files::raise_limit();
    let session = Session::new(cli.global);
    match dispatch(cli.command, cli.window, &session) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.tell();
            failure.exit.into()
        }
    }
}

fn dispatch(command: Option<Command>, window: window::Arguments, session: &Session) -> Result<Exit, Failure> {
    match command {
        None => window::run(window, session),
        Some(Command::Devices(args)) => devices::run(&args, session),
        Some(Command::History(args)) => history::run(&args, session),
        Some(Command::Tag(args)) => tag::tag(&args, session),
        Some(Command::Untag(args)) => tag::untag(&args, session),
        Some(Command::Forget(args)) => forget::run(&args, session),
        Some(Command::Status(args)) => status::run(args, session),
        Some(Command::Inspect(args)) => inspect::run(&args, session),
        Some(Command::Build(args)) => build::run(args, session),
        Some(Command::Envelope(args)) => envelope::run(&args, session),
        Some(Command::Firmware(args)) => firmware::run(&args, session),
        Some(Command::FetchImage(args)) => fetch_image::run(args, session),
        Some(Command::Sign(args)) => sign::run(&args, session),
        Some(Command::Keys(args)) => keys::run(&args, session),
        Some(Command::Certify(args)) => certify::run(&args, session),
        Some(Command::Images(args)) => images::run(&args, session),
        Some(Command::Sources(args)) => sources::run(&args, session),
        Some(Command::Serve(args)) => serve::run(&args, session),
        Some(Command::Plan(args)) => plan::run(&args, session),
        Some(Command::Update(args)) => update::run(args, session),
        Some(Command::Drill(args)) => drill::run(args, session),
        Some(Command::ResumeWaiting(args)) => resume_waiting::run(&args, session),
        Some(Command::Validate(args)) => action::validate(args, session),
        Some(Command::Rollback(args)) => action::rollback(args, session),
        Some(Command::Reboot(args)) => action::reboot(args, session),
        Some(Command::Identify(args)) => action::identify(args, session),
        Some(Command::Rename(args)) => action::rename(args, session),
        Some(Command::Wifi(args)) => wifi::run(&args, session),
        Some(Command::Log(args)) => log::run(args, session),
        Some(Command::Ports(args)) => ports::run(&args, session),
        Some(Command::Board(args)) => board::run(&args, session),
        Some(Command::Flash(args)) => flash::run(&args, session),
        Some(Command::Erase(args)) => erase::run(&args, session),
        Some(Command::Provision(args)) => provision::run(&args, session),
        Some(Command::Networks(args)) => networks::run(&args, session),
        Some(Command::Backup(args)) => backup::run(&args, session),
        Some(Command::Restore(args)) => restore::run(&args, session),
        Some(Command::Monitor(args)) => monitor::run(&args, session),
        Some(Command::Settings(args)) => settings::run(&args, session),
        Some(Command::Demo(args)) => demo::run(&args, session),
        Some(Command::Simulate(args)) => simulate::run(&args, session),
        Some(Command::DemoImage(args)) => demo_image::run(&args, session),
    }
}
