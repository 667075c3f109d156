//! The choices of a flash: what they change, and when another plan is asked for.

use super::super::choices::{BootloaderChoice, Choices, Reach, TableChoice};
use super::super::order::Wanted;
use super::*;
use crate::usb::flash::Scope;
use crate::usb::wire::{After, Before};

/// Changes the choices of the board, as its form does.
fn choose(state: &mut State, change: impl FnOnce(&mut Choices)) -> Vec<Effect> {
    let mut form = state.usb.bench(A).unwrap().form.clone();
    change(&mut form.choices);
    act(state, Action::Change(A.to_owned(), Box::new(form)))
}

fn choices(state: &State) -> &Choices {
    &state.usb.bench(A).unwrap().form.choices
}

#[test]
fn another_table_is_planned_anew_and_another_rate_is_not() {
    let mut state = read(false);
    let number = state.usb.bench(A).unwrap().plans;
    assert!(choose(&mut state, |it| it.shown = true).is_empty(), "unfolding changes nothing");
    assert!(choose(&mut state, |it| it.reach.baud = Some(115_200)).is_empty());
    let asked = order(choose(&mut state, |it| it.table = TableChoice::Keep));
    assert!(
        matches!(&asked, Order::Plan { number: asked, choices, .. }
            if *asked == number + 1 && choices.table == TableChoice::Keep),
        "{asked:?}"
    );
    assert!(act(&mut state, Action::Flash(A.to_owned())).is_empty(), "the old plan is not carried out");
    let asked = order(choose(&mut state, |it| it.scope = Scope::AppOnly));
    assert!(matches!(asked, Order::Plan { choices, .. } if choices.scope == Scope::AppOnly));
}

#[test]
fn files_come_from_the_dialog_of_the_system() {
    let mut state = read(false);
    let mut pick = |wanted: Wanted, file: Option<&str>| {
        let asked = order(act(&mut state, Action::Pick(A.to_owned(), wanted)));
        assert!(matches!(asked, Order::Pick(port, asked) if port == A && asked == wanted));
        let effects = hear(&mut state, Event::Picked(A.to_owned(), wanted, file.map(Into::into)));
        (effects.len(), choices(&state).clone())
    };
    assert_eq!(pick(Wanted::Table, None), (0, Choices::default()));
    let (plans, chosen) = pick(Wanted::Table, Some("/t.csv"));
    assert_eq!((plans, chosen.table), (1, TableChoice::File("/t.csv".into())));
    let (plans, chosen) = pick(Wanted::Bootloader { rolls_back: true }, Some("/b.bin"));
    let bootloader = BootloaderChoice::File { path: "/b.bin".into(), rolls_back: true };
    assert_eq!((plans, chosen.bootloader), (1, bootloader));
}

#[test]
fn work_reaches_the_chip_as_it_was_chosen() {
    let mut state = read(true);
    filled(&mut state);
    let reach = Reach { baud: Some(230_400), before: Before::NoReset, after: After::NoReset };
    choose(&mut state, |it| it.reach = reach);
    let asked = order(act(&mut state, Action::Flash(A.to_owned())));
    let Order::Work { reach: asked, task: Task::Flash { choices, .. }, .. } = asked else {
        panic!("{asked:?} is no flash")
    };
    assert_eq!((asked, choices.reach), (reach, reach));
    let steps: Vec<_> = job(&state).steps.iter().map(|step| step.plan.part.name()).collect();
    assert!(!steps.contains(&"First contact"), "a board that is not restarted joins no network: {steps:?}");
}
