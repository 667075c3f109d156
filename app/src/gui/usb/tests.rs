//! The page's state: ports, boards, plans and jobs, without a window and without a port.

mod choices;
mod several;

use std::sync::Arc;

use super::contact::Contact;
use super::form::{Field, Firmware, Joins};
use super::job::{Doing, End, Failure};
use super::order::{Order, Task};
use super::plan::{PlanView, Planning};
use super::sample::{board, port};
use super::*;
use crate::gui::dialog::Secret;
use crate::gui::settings;
use crate::image::bundled::BundledFirmware;
use crate::usb::flash::{Firmware as Opened, Plan, Target, Wish};
use crate::usb::ports::{Fix, Port, Seen, State as PortState};
use crate::usb::provision::{ContactEnd, Place};
use crate::usb::{Progress, Step, Told};

const A: &str = "/dev/ttyUSB0";
const B: &str = "/dev/ttyUSB1";

fn ready(path: &str) -> Seen {
    Seen { port: port(path), state: PortState::Ready }
}

fn with_ports(paths: &[&str]) -> State {
    let mut state = State::new(settings::View::default());
    hear(&mut state, Event::Ports(paths.iter().map(|path| ready(path)).collect()));
    state
}

fn order(effects: Vec<Effect>) -> Order {
    let mut orders = effects.into_iter().filter_map(|effect| match effect {
        Effect::Usb(order) => Some(*order),
        _ => None,
    });
    orders.next().expect("an order")
}

fn number(order: &Order) -> JobNumber {
    let Order::Work { job, .. } = order else { panic!("{order:?} is no work") };
    *job
}

/// A board that has been read, with the plan for what is bundled.
fn read(is_blank: bool) -> State {
    let mut state = with_ports(&[A]);
    let job = number(&order(act(&mut state, Action::Read(A.to_owned()))));
    let view = board(&port(A), is_blank);
    let asked = order(hear(&mut state, Event::Work(job, News::Board(Arc::clone(&view)))));
    hear(&mut state, Event::Work(job, News::Ended(End::Done(String::new()))));
    let Order::Plan { number, firmware, .. } = asked else { panic!("no plan is asked for") };
    assert_eq!(firmware, Firmware::Bundled(view.chip()));
    let firmware = Opened::bundled(view.chip()).unwrap();
    let plan = Plan::make(&firmware, &Wish::default(), &Target::from(&view.board)).unwrap();
    let place = Place::in_table(&plan.table, plan.flash_size, A).unwrap();
    let plan = PlanView::new(&plan, &view, Some(&place));
    hear(&mut state, Event::Planned(A.to_owned(), number, Ok(Arc::new(plan))));
    state
}

fn filled(state: &mut State) {
    let mut form = state.usb.bench(A).unwrap().form.clone();
    form.joins = Joins::Typed;
    form.ssid = "workshop".to_owned();
    form.password = Secret::new("hunter2hunter2".to_owned());
    act(state, Action::Change(A.to_owned(), Box::new(form)));
}

fn job(state: &State) -> &super::job::Job {
    state.usb.bench(A).unwrap().job.as_ref().expect("work")
}

fn progress(state: &mut State, number: JobNumber, step: Step, done: u64) {
    let told = Told::Progress(Progress { step, done, total: 100, unchanged: 0 });
    hear(state, Event::Work(number, News::Told(told)));
}

#[test]
fn ports_that_stay_keep_what_is_known_of_them() {
    let mut state = read(true);
    assert_eq!(state.usb.open.as_deref(), Some(A), "the first is open");
    hear(&mut state, Event::Ports(vec![ready(B), ready(A)]));
    let paths: Vec<_> = state.usb.ports.iter().map(Bench::path).collect();
    assert_eq!(paths, [B, A]);
    assert!(state.usb.bench(A).unwrap().board.is_some());
    hear(&mut state, Event::Ports(vec![ready(B)]));
    assert!(state.usb.bench(A).is_none());
    assert_eq!(state.usb.open.as_deref(), Some(B));
}

#[test]
fn what_is_worked_on_stays_when_its_port_goes() {
    let mut state = with_ports(&[A]);
    let number = number(&order(act(&mut state, Action::Read(A.to_owned()))));
    hear(&mut state, Event::Ports(Vec::new()));
    assert_eq!(state.usb.bench(A).map(|bench| bench.state.clone()), Some(PortState::Gone));
    let moved = Port::new("/dev/ttyACM7", crate::usb::ports::Behind::Unknown);
    hear(&mut state, Event::Work(number, News::Moved(moved)));
    assert_eq!(state.usb.open.as_deref(), Some("/dev/ttyACM7"));
    assert!(state.usb.bench("/dev/ttyACM7").unwrap().running().is_some());
}

#[test]
fn a_board_that_was_read_has_its_form_filled_in() {
    let state = read(true);
    let bench = state.usb.bench(A).unwrap();
    assert!(bench.job.is_none(), "reading has ended");
    assert_eq!(bench.form.name, "esp32c3-1a2b");
    assert!(bench.form.pair && bench.form.joins == Joins::Typed);
    let plan = bench.planning.made().unwrap();
    assert!(plan.lost.is_none() && plan.bytes > 500_000 && plan.time(921_600).as_secs() > 3);
    let parts: Vec<_> = plan.steps.iter().map(|step| step.part.name()).collect();
    assert_eq!(parts.last(), Some(&"Boot selection"));
    assert!(parts.contains(&"Name, WiFi and keys"));
}

#[test]
fn what_would_be_lost_is_said() {
    let state = read(false);
    let plan = state.usb.bench(A).unwrap().planning.made().unwrap().clone();
    let lost = plan.lost.as_deref().unwrap();
    assert!(lost.contains("hello_world 1.0") && lost.contains("storage"), "{lost}");
    assert!(BundledFirmware::of(state.usb.bench(A).unwrap().board.as_ref().unwrap().chip()).is_some());
}

#[test]
fn plans_of_another_choice_are_dropped() {
    let mut state = read(true);
    let first = order(act(&mut state, Action::Choose(A.to_owned(), Firmware::Path("/a".into()))));
    let second = order(act(&mut state, Action::Choose(A.to_owned(), Firmware::Path("/b".into()))));
    let (Order::Plan { number: first, .. }, Order::Plan { number: second, .. }) = (first, second) else {
        panic!("no plans are asked for")
    };
    let refused = |what: &str| Err(Failure { what: what.to_owned(), advice: Vec::new() });
    hear(&mut state, Event::Planned(A.to_owned(), first, refused("late")));
    assert!(matches!(state.usb.bench(A).unwrap().planning, Planning::Making));
    hear(&mut state, Event::Planned(A.to_owned(), second, refused("for another chip")));
    assert!(
        matches!(&state.usb.bench(A).unwrap().planning, Planning::Refused(why) if why.what == "for another chip")
    );
    assert!(act(&mut state, Action::Flash(A.to_owned())).is_empty(), "what is refused is not flashed");
}

#[test]
fn nothing_is_flashed_before_the_form_is_right() {
    let mut state = read(true);
    assert!(act(&mut state, Action::Flash(A.to_owned())).is_empty());
    assert!(state.usb.bench(A).unwrap().form.left.contains(&Field::Ssid), "what is wrong is shown");
    filled(&mut state);
    let Order::Work { task: Task::Flash { back_up, setup, .. }, .. } =
        order(act(&mut state, Action::Flash(A.to_owned())))
    else {
        panic!("it is filled in")
    };
    assert!(!back_up, "a blank board has nothing to be kept");
    assert_eq!(setup.name.as_str(), "esp32c3-1a2b");
    assert!(act(&mut state, Action::Read(A.to_owned())).is_empty(), "one thing at a time");
}

#[test]
fn what_is_on_a_board_is_backed_up_first_unless_that_is_off() {
    for wanted in [true, false] {
        let mut state = read(false);
        state.settings.kept.backup_before_flash = wanted;
        filled(&mut state);
        let asked = order(act(&mut state, Action::Flash(A.to_owned())));
        assert!(matches!(asked, Order::Work { task: Task::Flash { back_up, .. }, .. } if back_up == wanted));
        let steps = &job(&state).steps;
        assert_eq!(steps.iter().any(|step| step.plan.part.name() == "Back up"), wanted);
    }
}

#[test]
fn what_ended_says_nothing_more() {
    let mut state = read(true);
    filled(&mut state);
    let number = number(&order(act(&mut state, Action::Flash(A.to_owned()))));
    progress(&mut state, number, Step::App, 50);
    assert!(state.is_busy() && state.usb.writing().count() == 1);
    assert!(matches!(act(&mut state, Action::Cancel(A.to_owned()))[..], [Effect::Usb(_)]));
    assert!(job(&state).stopping);
    hear(&mut state, Event::Work(number, News::Ended(End::Cancelled)));
    progress(&mut state, number, Step::App, 90);
    let done = job(&state).steps.iter().filter_map(|step| step.progress).map(|progress| progress.done).max();
    assert_eq!((done, job(&state).end.clone()), (Some(50), Some(End::Cancelled)));
    assert!(job(&state).leaves().contains("partly written"));
    assert!(!state.is_busy());
    act(&mut state, Action::CloseJob(A.to_owned()));
    assert!(state.usb.bench(A).unwrap().board.is_none(), "what was read is not true any more");
}

#[test]
fn quitting_while_a_board_is_written_is_asked_about() {
    let mut state = read(true);
    filled(&mut state);
    act(&mut state, Action::Flash(A.to_owned()));
    assert!(state.act(state::Action::Close).is_empty());
    assert!(matches!(&state.dialog, Some(Dialog::Question(question)) if question.title.contains("board")));
}

#[test]
fn a_wrong_password_can_be_written_again_and_nothing_else() {
    let mut state = read(true);
    filled(&mut state);
    let number = number(&order(act(&mut state, Action::Flash(A.to_owned()))));
    hear(&mut state, Event::Work(number, News::Contact(Contact::Waiting)));
    let end = ContactEnd::WrongPassword { ssid: "workshop".to_owned() };
    let contact = Contact::Ended(skylift_protocol::bounded("esp-1"), end);
    hear(&mut state, Event::Work(number, News::Contact(contact)));
    hear(&mut state, Event::Work(number, News::Ended(End::Done("It was flashed".to_owned()))));
    assert!(work::wants_other_network(job(&state)));
    let asked = order(act(&mut state, Action::SetUp(A.to_owned())));
    assert!(matches!(asked, Order::Work { task: Task::SetUp(_), .. }));
    assert_eq!(job(&state).doing, Doing::SetUp);
}

#[test]
fn a_password_that_has_served_is_kept_no_longer() {
    let mut state = read(true);
    filled(&mut state);
    let number = number(&order(act(&mut state, Action::Flash(A.to_owned()))));
    let end = ContactEnd::OnTheNetwork { address: ([10, 0, 0, 7], 80).into(), paired: true };
    let contact = Contact::Ended(skylift_protocol::bounded("esp-1"), end);
    hear(&mut state, Event::Work(number, News::Contact(contact)));
    hear(&mut state, Event::Work(number, News::Ended(End::Done("It was flashed".to_owned()))));
    let form = &state.usb.bench(A).unwrap().form;
    assert_eq!((&form.joins, form.password.reveal()), (&Joins::Remembered("workshop".to_owned()), ""));
}

#[test]
fn a_chip_is_erased_after_its_name_was_typed() {
    let mut state = read(false);
    act(&mut state, Action::EraseAll(A.to_owned()));
    let typed = |state: &mut State, text: &str| {
        state.act(state::Action::Dialog(crate::gui::dialog::Action::Typed(text.to_owned())));
        state.act(state::Action::Dialog(crate::gui::dialog::Action::Go))
    };
    assert!(typed(&mut state, "yes").is_empty() && state.dialog.is_some());
    let asked = order(typed(&mut state, "esp32-c3"));
    assert!(matches!(&asked, Order::Work { task: Task::EraseAll, .. }));
    assert_eq!(number(&asked), job(&state).number, "it is shown");
}

#[test]
fn a_port_that_is_locked_leads_to_its_fix() {
    let fix = Fix::JoinGroup { group: "dialout".to_owned(), user: "ada".to_owned() };
    let mut state = State::new(settings::View::default());
    let seen = Seen { port: port(A), state: PortState::NoPermission(fix) };
    hear(&mut state, Event::Ports(vec![seen]));
    let (title, advice) = words::obstacle(state.usb.opened().unwrap()).unwrap();
    assert!(title.contains(A) && advice[0].contains("usermod"));
}
