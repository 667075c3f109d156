//! The form that moves a device to another WiFi.

use egui::{Key, Ui};
use skylift_protocol::{Id, WifiChange};

use super::form_line::{FIELD, flaw, line};
use super::secret::Secret;
use super::secret_field::SecretField;
use super::{Action, answers, focus_first, head};
use crate::engine::{Device, printable};
use crate::gui::effect::Effect;
use crate::gui::fonts::Face;
use crate::gui::widgets::field::{switch, text_field, wrong_field};
use crate::gui::widgets::text::{Tint, paragraph, say};
use crate::gui::wifi_rules;

/// The form, as far as it is filled in. It goes when the dialog closes, and the password with it.
#[derive(Clone, Debug)]
pub struct WifiForm {
    device: Id,
    label: String,
    /// The network that the device is on.
    from: String,
    trial_s: u32,
    /// The name of the new network.
    pub ssid: String,
    /// Its password.
    pub password: Secret,
    /// This computer will not be on that network.
    pub away: bool,
}

impl WifiForm {
    /// For a device that tells of its WiFi.
    pub(super) fn new(device: &Device) -> Option<Self> {
        let wifi = device.status.as_ref()?.wifi.as_ref()?;
        Some(Self {
            device: device.id.clone(),
            label: device.label().to_owned(),
            from: wifi.ssid.as_deref().map_or_else(|| "its network".to_owned(), printable),
            trial_s: wifi.trial_s,
            ssid: String::new(),
            password: Secret::default(),
            away: false,
        })
    }

    /// What is to be done; or what is wrong with the name, and what with the password.
    pub(super) fn read(&self) -> Result<Effect, (Option<String>, Option<String>)> {
        let (ssid, password) = (|| wifi_rules::ssid(&self.ssid), || wifi_rules::password(&self.password));
        let change = ssid().and_then(|ssid| Ok((ssid, password()?)));
        match change {
            Ok((ssid, password)) => {
                let change = WifiChange { ssid, password, reach: !self.away };
                Ok(Effect::MoveWifi { device: self.device.clone(), change })
            }
            Err(_) => Err((ssid().err(), password().err())),
        }
    }

    fn consequence(&self) -> String {
        let Self { from, trial_s, .. } = self;
        let then = if self.away {
            "It stays there as soon as it has joined, and this computer may not see it again.".to_owned()
        } else {
            format!("This computer has to reach it there, or it comes back within {trial_s} s.")
        };
        format!("It leaves {from} and joins the new network, with the present one as a fallback. {then}")
    }
}

pub(super) fn draw(ui: &mut Ui, form: &WifiForm) -> Option<Action> {
    let read = form.read();
    let (name_flaw, password_flaw) = read.as_ref().err().cloned().unwrap_or_default();
    head(ui, &format!("Move {} to another WiFi", form.label), &form.consequence());
    let mut now = form.clone();
    let mut left = ssid_line(ui, &mut now, name_flaw.filter(|_| !form.ssid.is_empty()));
    left |= password_line(ui, &mut now, password_flaw);
    away_line(ui, &mut now);
    ui.add_space(4.0);
    paragraph(
        ui,
        Face::Small,
        Tint::Third,
        "The password travels unencrypted over the present network. It is kept nowhere on this computer.",
    );
    ui.add_space(8.0);
    let entered = left && ui.input(|input| input.key_pressed(Key::Enter)) && read.is_ok();
    let why_not = read.is_err().then_some("Fill in a name and a password that can be one");
    let answer = answers(ui, ("Move it", why_not), "Keep it where it is", entered);
    let changed = (&now.ssid, &now.password, now.away) != (&form.ssid, &form.password, form.away);
    if changed { Some(Action::Wifi(Box::new(now))) } else { answer }
}

/// True if the field was just left.
fn ssid_line(ui: &mut Ui, form: &mut WifiForm, complaint: Option<String>) -> bool {
    let mut left = false;
    line(ui, "Network", |ui| {
        let field = if complaint.is_some() { wrong_field } else { text_field };
        let field = field(ui, "Name of the network", &mut form.ssid, "workshop", FIELD);
        focus_first(ui, &field);
        left = field.lost_focus();
    });
    flaw(ui, complaint);
    left
}

/// The same for the secret.
fn password_line(ui: &mut Ui, form: &mut WifiForm, complaint: Option<String>) -> bool {
    let (mut has_focus, mut left) = (false, false);
    line(ui, "Password", |ui| {
        let (name, eye) = ("Password of the network", "Show the password while held");
        let field = SecretField { name, eye, hint: "None, for an open network", width: FIELD };
        let response = field.show(ui, &mut form.password);
        (has_focus, left) = (response.has_focus(), response.lost_focus());
    });
    flaw(ui, complaint.filter(|_| !has_focus));
    left
}

fn away_line(ui: &mut Ui, form: &mut WifiForm) {
    ui.horizontal(|ui| {
        let name = "The device will be out of this computer's reach";
        if switch(ui, form.away, name) {
            form.away = !form.away;
        }
        say(ui, Face::Body, Tint::First, name);
    });
}

#[cfg(test)]
mod tests {
    use skylift_protocol::{Wifi, bounded};

    use super::*;
    use crate::gui::devices::sample::device;

    fn form() -> WifiForm {
        let mut device = device("lamp");
        let status = std::sync::Arc::make_mut(device.status.as_mut().unwrap());
        status.wifi = Some(Wifi { ssid: Some(bounded("attic")), trial_s: 90, change: None });
        WifiForm::new(&device).unwrap()
    }

    #[test]
    fn a_form_becomes_a_change_once_it_is_filled_in() {
        let mut form = form();
        assert!(form.read().is_err());
        form.ssid = "workshop".to_owned();
        let Ok(Effect::MoveWifi { change, .. }) = form.read() else { panic!("an open network is one") };
        assert!(change.password.is_open() && change.reach);
        form.password = Secret::new("short".to_owned());
        let (name, password) = form.read().unwrap_err();
        assert!(name.is_none() && password.is_some_and(|flaw| flaw.contains("8 to 63")));
        form.password = Secret::new("long enough".to_owned());
        form.away = true;
        let Ok(Effect::MoveWifi { change, .. }) = form.read() else { panic!("it is filled in") };
        assert_eq!(
            (change.ssid.as_str(), change.password.reveal(), change.reach),
            ("workshop", "long enough", false)
        );
        form.ssid = "ß".repeat(17);
        assert!(form.read().unwrap_err().0.is_some_and(|flaw| flaw.contains("34")));
    }

    #[test]
    fn the_password_shows_itself_to_nobody() {
        let mut form = form();
        form.ssid = "workshop".to_owned();
        form.password = Secret::new("hunter2hunter2".to_owned());
        let effect = form.read().unwrap();
        for text in [
            format!("{form:?}"),
            format!("{effect:?}"),
            format!("{:?}", Action::Wifi(Box::new(form.clone()))),
        ] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
