//! `skylift networks`: the networks that boards were given by cable, which are remembered. No password is ever shown.

use clap::{Args, Subcommand};
use serde_json::json;

use super::exit::Exit;
use super::failure::Failure;
use super::moments::date_and_time;
use super::session::Session;
use crate::engine::printable;
use crate::store::{NetworkList, RememberedNetwork};

/// What to do with them. Without a word, they are listed.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// Print one JSON object a network
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Forget networks and their passwords; boards go on knowing them
    Forget {
        /// Their names
        #[arg(value_name = "SSID", required = true)]
        networks: Vec<String>,
    },
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let list = NetworkList::new(&session.data_dir);
    match &args.what {
        Some(What::Forget { networks }) => {
            networks.iter().try_for_each(|ssid| forget(&list, ssid, session))?
        }
        None => show(&list.list()?, args.json, session),
    }
    Ok(Exit::Done)
}

fn forget(list: &NetworkList, ssid: &str, session: &Session) -> Result<(), Failure> {
    if !list.forget(ssid)? {
        return Err(Failure::new(format!("no network `{}` is remembered", printable(ssid)))
            .try_this("skylift networks lists those that are; capitals count"));
    }
    session.output.line(format_args!("{} and its password are forgotten.", printable(ssid)));
    Ok(())
}

fn show(networks: &[RememberedNetwork], json: bool, session: &Session) {
    if json {
        for network in networks {
            session.output.json(&json!({
                "ssid": network.ssid.as_str(),
                "open": network.open,
                "used": date_and_time(network.used),
            }));
        }
    } else if networks.is_empty() {
        session
            .output
            .line("No network is remembered yet. `skylift provision --wifi SSID` gives one to a board.");
    } else {
        let row = |network: &RememberedNetwork| {
            let password = if network.open { "none" } else { "kept" };
            [printable(&network.ssid), password.to_owned(), date_and_time(network.used)]
        };
        session.output.table(["NETWORK", "PASSWORD", "USED"], &networks.iter().map(row).collect::<Vec<_>>());
    }
}
