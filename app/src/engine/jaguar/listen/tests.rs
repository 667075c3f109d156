//! Tests: broadcasts on real sockets; what is no news wakes nobody.

use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

fn said(name: &str, number: u32) -> Vec<u8> {
    format!(
        r#"{{"method": "jaguar.identify", "payload": {{"name": "{name}", "id": "{number:032x}",
            "address": "http://8.8.8.8:9007", "chip": "esp32s3", "sdkVersion": "v2.0.0-alpha.190"}}}}"#
    )
    .into_bytes()
}

fn from(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 168, 1, 7], port))
}

#[test]
fn only_what_is_new_is_told_and_its_address_is_not_believed() {
    let (mut senders, now) = (Senders::default(), Instant::now());
    let Some(Heard::Device(identity, at)) = senders.take(&said("lamp", 1), from(50_000), now) else {
        panic!("a device that nobody knew");
    };
    assert_eq!((identity.name.as_str(), at), ("lamp", from(9007)));
    assert!(senders.take(&said("lamp", 1), from(50_000), now).is_none());
    // Who says something else all the time is not followed at that pace, but in the end.
    assert!(senders.take(&said("hall", 1), from(50_000), now + NEWS / 2).is_none());
    assert!(matches!(senders.take(&said("hall", 1), from(50_000), now + NEWS), Some(Heard::Device(..))));
    // After a restart it speaks from another port.
    assert!(matches!(senders.take(&said("hall", 1), from(50_001), now), Some(Heard::Device(..))));
    assert!(senders.take(b"\x00", from(50_002), now).is_none());
}

#[test]
fn who_falls_silent_is_told_once() {
    let (mut senders, start) = (Senders::default(), Instant::now());
    senders.take(&said("lamp", 1), from(1), start);
    senders.take(&said("hall", 2), from(2), start);
    senders.take(b"nobody", from(3), start);
    // The same words again are a sign of life.
    senders.take(&said("hall", 2), from(2), start + SILENCE / 2);
    let mut gone = Vec::new();
    senders.silent(start + SILENCE, |id| gone.push(id.to_string()));
    assert_eq!(gone, [format!("{:032x}", 1)]);
    senders.silent(start + SILENCE, |id| panic!("{id} is told twice"));
    assert!(matches!(senders.take(&said("lamp", 1), from(1), start + SILENCE), Some(Heard::Device(..))));
}

#[test]
fn a_flood_of_senders_takes_no_more_than_its_places() {
    let (mut senders, now) = (Senders::default(), Instant::now());
    let told = (0..60_000).filter(|&port| senders.take(&said("x", port.into()), from(port), now).is_some());
    assert_eq!(told.count(), MAX_SENDERS);
    assert_eq!(senders.0.len(), MAX_SENDERS);
    assert!(senders.take(&vec![b'x'; MAX_BYTES + 1], from(1), now).is_none());
}

#[tokio::test]
async fn two_who_listen_both_hear() {
    let (first, mut inbox) = Notices::channel();
    let (second, mut other_inbox) = Notices::channel();
    let free = bind(0).unwrap();
    let port = free.local_addr().unwrap().port();
    listen(port, first);
    listen(port, second);
    drop(free);
    let device = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    device.set_broadcast(true).unwrap();
    for inbox in [&mut inbox, &mut other_inbox] {
        let heard = timeout(PATIENCE, async {
            loop {
                device.send_to(&said("lamp", 7), ("127.255.255.255", port)).await.unwrap();
                if let Ok(Some(notice)) = timeout(Duration::from_millis(50), inbox.recv()).await {
                    return notice;
                }
            }
        });
        let Ok(Notice::Jaguar(Heard::Device(identity, at))) = heard.await else { panic!("a device") };
        assert_eq!((identity.name.as_str(), at.to_string().as_str()), ("lamp", "127.0.0.1:9007"));
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_a_trouble() {
    let taken = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (notices, mut inbox) = Notices::channel();
    listen(port, notices);
    let Some(Notice::Jaguar(Heard::Trouble(trouble))) = inbox.recv().await else { panic!("a trouble") };
    assert!(
        trouble.starts_with(&format!("Jaguar devices are not heard: UDP port {port} cannot")),
        "{trouble}"
    );
}
