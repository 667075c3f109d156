//! A move, by the answers of the device and by its silence.

use skylift_protocol::{LastWifiChange, Password, Wifi, bounded};

use super::super::update::sample;
use super::*;

const TRIAL: u32 = 130;

fn on(ssid: &str, change: Option<(&str, WifiOutcome)>) -> Status {
    let change = change.map(|(ssid, outcome)| LastWifiChange { ssid: bounded(ssid), outcome });
    let wifi = Wifi { ssid: Some(bounded(ssid)), trial_s: TRIAL, change };
    Status { wifi: Some(wifi), boot_id: Some(7), ..sample::status() }
}

fn told(reach: bool) -> (WifiMove, Instant) {
    let change = WifiChange { ssid: bounded("attic"), password: Password::default(), reach };
    let now = Instant::now();
    (WifiMove::new(&on("den", None), &change, now).unwrap(), now)
}

fn ends(statuses: &[Status]) -> Option<WifiEnd> {
    let (mut follow, now) = told(true);
    statuses.iter().for_each(|status| follow.sees(status));
    follow.end(now)
}

fn back(why: CameBack) -> Option<WifiEnd> {
    Some(WifiEnd::CameBack { network: Some(bounded("den")), why })
}

#[test]
fn a_device_without_wifi_does_not_move() {
    let change = WifiChange { ssid: bounded("attic"), password: Password::default(), reach: true };
    assert_eq!(WifiMove::new(&sample::status(), &change, Instant::now()), None);
}

#[test]
fn only_the_device_says_that_it_has_moved() {
    assert_eq!(ends(&[]), None);
    assert_eq!(ends(&[on("den", Some(("attic", WifiOutcome::Trying)))]), None);
    assert_eq!(ends(&[on("attic", Some(("attic", WifiOutcome::Joined)))]), Some(WifiEnd::Moved));
}

#[test]
fn a_device_that_comes_back_says_why() {
    for &outcome in WifiOutcome::ALL {
        let end = ends(&[on("den", Some(("attic", outcome)))]);
        match outcome {
            WifiOutcome::Trying => assert_eq!(end, None),
            WifiOutcome::Joined => assert_eq!(end, Some(WifiEnd::Moved)),
            _ => assert_eq!(end, back(CameBack::Told(outcome))),
        }
    }
}

#[test]
fn a_restart_tells_by_the_network_that_is_joined() {
    let restarted = |ssid| Status { boot_id: Some(8), ..on(ssid, None) };
    assert_eq!(ends(&[restarted("den")]), back(CameBack::Restarted));
    assert_eq!(ends(&[restarted("attic")]), Some(WifiEnd::Moved));
}

#[test]
fn a_device_that_is_about_to_leave_has_not_come_back() {
    let leaving = on("attic", Some(("attic", WifiOutcome::NotKept)));
    assert_eq!(ends(std::slice::from_ref(&leaving)), None);
    let end = ends(&[leaving, on("den", Some(("attic", WifiOutcome::NotKept)))]);
    assert_eq!(end, back(CameBack::Told(WifiOutcome::NotKept)));
}

#[test]
fn a_new_password_for_the_same_network_is_not_proven_by_being_there() {
    let change = WifiChange { ssid: bounded("den"), password: Password::default(), reach: true };
    let now = Instant::now();
    let mut follow = WifiMove::new(&on("den", None), &change, now).unwrap();
    follow.sees(&Status { boot_id: Some(8), ..on("den", None) });
    assert_eq!(follow.end(now), back(CameBack::Restarted));
    follow.sees(&on("den", Some(("den", WifiOutcome::WrongPassword))));
    assert_eq!(follow.end(now), back(CameBack::Told(WifiOutcome::WrongPassword)));
}

#[test]
fn another_order_is_told_apart() {
    assert_eq!(ends(&[on("den", Some(("shed", WifiOutcome::Trying)))]), back(CameBack::OtherOrder));
}

#[test]
fn silence_means_what_was_agreed() {
    for (reach, end) in [(true, WifiEnd::NotSeen), (false, WifiEnd::Gone)] {
        let (follow, now) = told(reach);
        let patience = Duration::from_secs(TRIAL.into()) + MARGIN;
        assert_eq!(follow.end(now + patience - Duration::from_millis(1)), None);
        assert_eq!(follow.end(now + patience), Some(end));
    }
}

#[test]
fn who_is_seen_late_is_believed() {
    let (mut follow, now) = told(true);
    let late = now + Duration::from_secs(1000);
    assert_eq!(follow.end(late), Some(WifiEnd::NotSeen));
    follow.sees(&on("attic", Some(("attic", WifiOutcome::Joined))));
    assert_eq!(follow.end(late), Some(WifiEnd::Moved));
}
