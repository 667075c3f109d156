//! Being told to stop: Ctrl-C, or the signal of a service manager or a closed terminal.

/// Comes back when the user, or the system, wants the program to stop.
#[cfg(unix)]
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// Comes back when the user wants the program to stop.
#[cfg(not(unix))]
pub(super) async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
