//! Several boards at once: which take part, what they are called, what has ended is not done again.

use super::super::several::{Action as Act, Tally};
use super::*;
use crate::usb::ports::{Behind, Usb};

const C: &str = "/dev/ttyUSB2";

fn bridge(path: &str, state: PortState) -> Seen {
    let usb = Usb {
        vid: 0x10C4,
        pid: 0xEA60,
        serial: None,
        manufacturer: None,
        product: None,
        location: None,
        interface: None,
    };
    Seen { port: Port::new(path, Behind::Usb(usb)), state }
}

/// Three ports, of which one is in use, and the form filled in.
fn opened() -> State {
    let mut state = State::new(settings::View::default());
    let seen = vec![
        bridge(A, PortState::Ready),
        bridge(B, PortState::InUse { by: None }),
        bridge(C, PortState::Ready),
    ];
    hear(&mut state, Event::Ports(seen));
    several(&mut state, Act::Toggle);
    let mut form = state.usb.several.form.clone();
    (form.name, form.ssid) = ("lamp".to_owned(), "workshop".to_owned());
    form.password = Secret::new("hunter2hunter2".to_owned());
    several(&mut state, Act::Change(Box::new(form)));
    state
}

fn several(state: &mut State, action: Act) -> Vec<Effect> {
    act(state, Action::Several(action))
}

fn names(state: &State) -> Vec<(String, String)> {
    let names = state.usb.several.names(state).into_iter();
    names.map(|(bench, name)| (bench.path().to_owned(), name)).collect()
}

fn pair(path: &str, name: &str) -> (String, String) {
    (path.to_owned(), name.to_owned())
}

/// The numbers of the work that was begun, and what each board is to be called.
fn begun(effects: Vec<Effect>) -> Vec<(JobNumber, String, String)> {
    let work = |effect| match effect {
        Effect::Usb(order) => match *order {
            Order::Work {
                job, port, task: Task::Flash { setup, firmware: Firmware::Fitting, .. }, ..
            } => (job, port, setup.name.as_str().to_owned()),
            other => panic!("{other:?} is no flash"),
        },
        other => panic!("{other:?} is no work"),
    };
    effects.into_iter().map(work).collect()
}

fn end(state: &mut State, number: JobNumber, end: End) {
    hear(state, Event::Work(number, News::Ended(end)));
}

#[test]
fn boards_that_can_be_used_take_part_and_get_numbers() {
    let mut state = opened();
    assert_eq!(names(&state), [pair(A, "lamp-1"), pair(C, "lamp-2")]);
    several(&mut state, Act::Tick(A.to_owned()));
    assert_eq!(names(&state), [pair(C, "lamp-1")]);
    several(&mut state, Act::Tick(A.to_owned()));
    let begun = begun(several(&mut state, Act::Flash));
    assert_eq!(begun, [(1, A.to_owned(), "lamp-1".to_owned()), (2, C.to_owned(), "lamp-2".to_owned())]);
    assert!(state.usb.several.open, "the list stays");
    assert!(several(&mut state, Act::Flash).is_empty(), "both are being flashed");
    assert_eq!(state.usb.several.tally(state.usb.ports.iter()), Tally { running: 2, ..Tally::default() });
}

#[test]
fn what_failed_is_flashed_again_under_its_name_and_what_is_done_is_not() {
    let mut state = opened();
    several(&mut state, Act::Flash);
    end(&mut state, 1, End::Failed(Failure::default()));
    end(&mut state, 2, End::Done("lamp-2 was flashed".to_owned()));
    let tally = Tally { running: 0, done: 1, not_done: 1 };
    assert_eq!(state.usb.several.tally(state.usb.ports.iter()), tally);
    assert_eq!(begun(several(&mut state, Act::Flash)), [(3, A.to_owned(), "lamp-1".to_owned())]);
}

#[test]
fn a_name_has_room_for_its_number() {
    let mut state = opened();
    let mut form = state.usb.several.form.clone();
    form.name = "x".repeat(30);
    several(&mut state, Act::Change(Box::new(form)));
    assert!(state.usb.several.flaws().unwrap().name.is_some_and(|flaw| flaw.contains("32")));
    assert!(several(&mut state, Act::Flash).is_empty());
    assert!(state.usb.several.form.left.contains(&Field::Name), "what is wrong is shown");
    assert!(state.usb.ports.iter().all(|bench| bench.job.is_none()));
}

#[test]
fn all_of_it_is_called_off_at_once() {
    let mut state = opened();
    several(&mut state, Act::Flash);
    assert_eq!(several(&mut state, Act::Cancel).len(), 2);
    assert!(state.usb.ports.iter().filter_map(Bench::running).all(|job| job.stopping));
}

#[test]
fn a_board_that_was_not_read_says_what_it_writes_once_that_is_known() {
    let mut state = opened();
    several(&mut state, Act::Flash);
    let planned = |step, bytes| super::super::job::Planned {
        part: super::super::job::Part::Cable(step),
        about: String::new(),
        bytes,
    };
    let steps = vec![planned(Step::App, 300), planned(Step::BootSelection, 100)];
    hear(&mut state, Event::Work(1, News::Planned(steps.clone())));
    progress(&mut state, 1, Step::App, 100);
    assert_eq!(job(&state).bytes(), (100, 200), "what is to come counts");
    hear(&mut state, Event::Work(1, News::Planned(steps)));
    let names: Vec<_> = job(&state).steps.iter().map(|step| step.plan.part.name()).collect();
    let expected = ["Connect", "Read the board", "Firmware", "Boot selection", "Restart", "First contact"];
    assert_eq!(names, expected);
}
