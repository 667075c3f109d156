//! Tests: what becomes of the keys on the window.

use super::*;
use crate::gui::dialog::{self, Secret};
use crate::gui::event::Event as Told;
use crate::gui::settings;
use crate::gui::state::Action as Done;

fn signer(name: &str) -> Signer {
    Signer { name: name.parse().unwrap(), digest: Digest([1; 32]), created: None }
}

fn with(signers: &[&str]) -> State {
    let mut state = State::new(settings::View::default());
    let signers = signers.iter().map(|name| signer(name)).collect();
    tell(&mut state, Event::Listed { signers, paired: Vec::new(), trouble: Vec::new() });
    state
}

fn tell(state: &mut State, event: Event) -> Vec<Effect> {
    state.hear(Told::Keys(event))
}

/// The form of a backup, filled in and sent off.
fn send(state: &mut State, action: Action, passphrase: &str) -> Vec<Effect> {
    state.act(Done::Keys(action));
    let Some(Dialog::Backup(form)) = state.dialog.clone() else { panic!("it asks") };
    let secret = || Secret::new(passphrase.to_owned());
    let form =
        BackupForm { file: "/home/ada/keys.age".to_owned(), passphrase: secret(), again: secret(), ..form };
    state.act(Done::Dialog(dialog::Action::Backup(Box::new(form))));
    state.act(Done::Dialog(dialog::Action::Go))
}

#[test]
fn who_signs_is_who_was_set_or_the_first() {
    assert!(default_signer(&with(&[])).is_none());
    let mut state = with(&["bench", "release"]);
    assert_eq!(default_name(&state).as_str(), "bench");
    let effects = state.act(Done::Keys(Action::MakeDefault("release".parse().unwrap())));
    assert!(matches!(effects.as_slice(), [Effect::ChangeSetting(Key::DefaultSigner, Some(_))]));
    state.settings.kept.default_signer = "release".parse().unwrap();
    state.settings.set = vec![Key::DefaultSigner];
    assert_eq!(default_name(&state).as_str(), "release");
    // One that is gone keeps its place.
    state.keys.signers.remove(1);
    assert!(default_signer(&state).is_none());
    assert_eq!(default_name(&state).as_str(), "release");
}

#[test]
fn a_name_that_is_taken_makes_no_signer() {
    let mut state = with(&["bench"]);
    state.act(Done::Keys(Action::NewSigner(None)));
    let name = |state: &mut State, name: &str| {
        state.act(Done::Dialog(dialog::Action::Typed(name.to_owned())));
        state.act(Done::Dialog(dialog::Action::Go))
    };
    for wrong in ["bench", "../bench", ""] {
        assert!(name(&mut state, wrong).is_empty() && state.dialog.is_some(), "{wrong}");
    }
    let effects = name(&mut state, "release");
    assert!(matches!(effects.as_slice(), [Effect::NewSigner { then_sign: None, .. }]));
    tell(&mut state, Event::Made(signer("release"), None));
    assert_eq!(state.keys.signers.len(), 2);
    assert!(state.messages.all().next().is_some_and(|kept| kept.message.text.contains("Keep a copy")));
}

#[test]
fn an_export_is_under_way_until_it_is_told_how_it_went() {
    let mut state = with(&[]);
    let effects = send(&mut state, Action::Export, "hunter2hunter2");
    assert!(matches!(effects.as_slice(), [Effect::ExportKeys { .. }]));
    assert_eq!((state.keys.busy, state.dialog.is_none()), (Some(Busy::Exporting), true));
    assert!(!format!("{state:?}{effects:?}").contains("hunter2"));
    tell(&mut state, Event::Exported("/home/ada/keys.age".into(), Ok(2)));
    assert_eq!(state.keys.busy, None);
    let said = state.messages.all().next().unwrap();
    assert!(said.message.title.contains("2 devices") && said.message.text.contains("keys.age"));
}

#[test]
fn what_was_in_vain_is_asked_again_without_the_passphrase() {
    let mut state = with(&[]);
    send(&mut state, Action::Import, "hunter2hunter2");
    assert_eq!(state.keys.busy, Some(Busy::Importing));
    let why = || Err("The passphrase does not open it.".to_owned());
    tell(&mut state, Event::Imported("/home/ada/keys.age".into(), why()));
    let Some(Dialog::Backup(form)) = state.dialog.clone() else { panic!("it asks again") };
    assert_eq!((form.file.as_str(), &form.passphrase), ("/home/ada/keys.age", &Secret::default()));
    assert!(form.complaint.is_some() && state.keys.busy.is_none());
    // Whoever has gone on to something else is not torn away from it.
    state.dialog = Some(Dialog::add_device());
    tell(&mut state, Event::Imported("/home/ada/keys.age".into(), why()));
    assert!(matches!(state.dialog, Some(Dialog::Line(_))));
    assert!(state.messages.all().next().unwrap().message.title.contains("No keys were imported"));
}

#[test]
fn what_became_of_each_key_is_told() {
    let mut state = with(&[]);
    let kept = vec![Imported::New, Imported::Differs, Imported::New];
    let effects = tell(&mut state, Event::Imported("keys.age".into(), Ok(kept)));
    assert!(matches!(effects.as_slice(), [Effect::LoadKeys, Effect::SearchAgain]));
    let text = state.messages.all().next().unwrap().message.text.clone();
    assert!(text.starts_with("2 new, 1 left out") && text.contains("import it again"), "{text}");
}

#[test]
fn a_chosen_file_goes_into_the_form_that_asked() {
    let mut state = with(&[]);
    state.act(Done::Keys(Action::Import));
    let aside = dialog::Action::Aside(Box::new(Done::Keys(Action::PickFile)));
    let effects = state.act(Done::Dialog(aside));
    assert!(matches!(effects.as_slice(), [Effect::PickBackup(Way::Import { .. })]));
    tell(&mut state, Event::Picked(Answered::Chosen("/media/stick/keys.age".into())));
    assert!(matches!(&state.dialog, Some(Dialog::Backup(form)) if form.file == "/media/stick/keys.age"));
    tell(&mut state, Event::Picked(Answered::NoDialog));
    assert!(matches!(&state.dialog, Some(Dialog::Backup(form)) if form.complaint.is_some()));
    // It was closed meanwhile.
    state.dialog = None;
    tell(&mut state, Event::Picked(Answered::Chosen("/media/stick/keys.age".into())));
    assert!(state.dialog.is_none());
}
