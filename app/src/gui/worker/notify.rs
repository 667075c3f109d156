//! Notifications of the desktop.

/// Shows one, on a thread of its own: the desktop may take its time. One that has none shows nothing, which is no
/// trouble: everything is in the window too.
pub fn show(title: String, text: String) {
    std::thread::spawn(move || {
        let _ = notify_rust::Notification::new().appname("Skylift").summary(&title).body(&text).show();
    });
}
