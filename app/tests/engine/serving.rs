//! Plain serving: the URLs that are told are those under which it is reached.

use std::net::{IpAddr, Ipv4Addr};

use skylift::engine::{Audience, Command, EngineConfig, Serving};
use skylift::server::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::support::*;

/// What is told of serving on this address, once each URL has been tried.
async fn served_on(address: IpAddr) -> Serving {
    let server = ServerConfig { address, ..config().server };
    let engine = engine_with(EngineConfig { server, ..config() });
    let (reply, answer) = oneshot::channel();
    engine.send(Command::Serve { image: image(&demo("1.0.0")), reply });
    let serving = soon(answer).await.expect("the engine runs").expect("it is served");
    for url in &serving.urls {
        let place = url.strip_prefix("http://").and_then(|rest| rest.split('/').next()).expect("a URL");
        soon(TcpStream::connect(place)).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }
    stop(engine).await;
    Serving::clone(&serving)
}

#[tokio::test]
async fn on_loopback_only_loopback_is_told() {
    let serving = served_on(Ipv4Addr::LOCALHOST.into()).await;
    assert_eq!(serving.audience, Audience::ThisComputer);
    let [url] = &serving.urls[..] else { panic!("{:?}", serving.urls) };
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
}

#[tokio::test]
async fn on_all_interfaces_every_one_is_told_and_loopback_last() {
    let serving = served_on(Ipv4Addr::UNSPECIFIED.into()).await;
    let own = if_addrs::get_if_addrs().expect("interfaces");
    let outward = own.iter().filter(|it| !it.is_loopback() && it.ip().is_ipv4()).count();
    let audience = if outward == 0 { Audience::ThisComputer } else { Audience::Network };
    assert_eq!(serving.audience, audience);
    let local = |url: &String| url.starts_with("http://127.");
    assert_eq!(serving.urls.iter().filter(|url| !local(url)).count(), outward);
    assert!(serving.urls.last().is_some_and(local) && serving.urls.is_sorted_by_key(local));
}
