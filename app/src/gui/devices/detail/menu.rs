//! Everything that can be done with a device, as a menu.

use egui::{Button, RichText, Role, Ui, WidgetInfo};
use skylift_protocol::ValidationState;

use crate::gui::devices::ask::has_other_image;
use crate::gui::devices::{Action, Row};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::theme::Tokens;

/// An entry, and why it cannot be chosen.
struct Entry<'a> {
    icon: &'a str,
    name: &'a str,
    key: &'a str,
    why_not: Option<&'a str>,
    action: Action,
}

impl<'a> Entry<'a> {
    const fn new(icon: &'a str, name: &'a str, action: Action) -> Self {
        Self { icon, name, key: "", why_not: None, action }
    }

    const fn key(mut self, key: &'a str) -> Self {
        self.key = key;
        self
    }

    const fn refused(mut self, why_not: Option<&'a str>) -> Self {
        self.why_not = why_not;
        self
    }
}

/// Draws it.
pub(in crate::gui::devices) fn menu(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    ui.spacing_mut().interact_size.y = 28.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    let ink = Tokens::of(ui).t1;
    usual(row).into_iter().for_each(|one| entry(ui, one, ink, out));
    ui.separator();
    let ink = Tokens::of(ui).failed.ink;
    dangerous(state, row).into_iter().for_each(|one| entry(ui, one, ink, out));
}

fn usual(row: &Row) -> Vec<Entry<'static>> {
    let id = || row.device.id.clone();
    let (away, busy) = (away(row), busy(row));
    if row.is_jaguar() {
        return vec![
            Entry::new(icons::ARROW_CIRCLE_UP, "Update…", Action::Update(vec![id()])).key("U").refused(busy),
            Entry::new(icons::STACK, "Make its image…", Action::MakeImage(id())),
        ];
    }
    let mut entries = vec![
        Entry::new(icons::ARROW_CIRCLE_UP, "Update…", Action::Update(vec![id()]))
            .key("U")
            .refused(busy.or(row.closed())),
        Entry::new(icons::LIGHTBULB, "Identify", Action::Identify(id())).key("I").refused(away),
    ];
    if row.device.validation == Some(ValidationState::Pending) {
        entries.push(Entry::new(icons::CHECK, "Validate…", Action::Validate(id())).refused(away));
    }
    entries.push(
        Entry::new(icons::ARROW_CLOCKWISE, "Restart…", Action::Reboot(id())).key("R").refused(away.or(busy)),
    );
    entries.push(Entry::new(icons::PENCIL_SIMPLE, "Rename…", Action::Rename(id())).refused(away));
    if row.device.status.as_ref().is_some_and(|status| status.wifi.is_some()) {
        let wifi = Entry::new(icons::WIFI_HIGH, "Change WiFi…", Action::Wifi(id()));
        entries.push(wifi.refused(away.or(busy)));
    }
    let drill = Entry::new(icons::SHIELD_CHECK, "Prove rollback…", Action::PlanDrill(id()));
    entries.push(drill.refused(away.or(busy)));
    entries
}

fn dangerous(state: &State, row: &Row) -> Vec<Entry<'static>> {
    let id = || row.device.id.clone();
    let nothing = (!has_other_image(&row.device)).then_some("Its other slot holds no image");
    let updating = row.mark.is_updating().then_some("It is being updated");
    let roll_back = Entry::new(icons::ARROW_U_UP_LEFT, "Roll back…", Action::RollBack(id()));
    let roll_back = roll_back.refused(away(row).or(updating).or(nothing));
    let mut entries: Vec<_> = (!row.is_jaguar()).then_some(roll_back).into_iter().collect();
    if state.simulated.contains(&row.device.id) {
        let stop = Entry::new(icons::STOP, "Stop simulated device…", Action::StopSimulated(id()));
        entries.push(stop.refused(updating));
    }
    entries
        .push(Entry::new(icons::TRASH, "Forget device…", Action::Forget(id())).key("Del").refused(updating));
    entries
}

fn away(row: &Row) -> Option<&'static str> {
    row.deaf()
}

fn busy(row: &Row) -> Option<&'static str> {
    row.is_busy().then_some("It is being updated")
}

fn entry(ui: &mut Ui, entry: Entry<'_>, ink: egui::Color32, out: &mut Vec<Action>) {
    let Entry { icon, name, key, why_not, action } = entry;
    let icon = RichText::new(icon).font(Cut::Regular.font(16.0)).color(ink);
    let button = Button::new((icon, Face::Body.text(name).color(ink)))
        .shortcut_text(Face::Small.text(key).color(Tokens::of(ui).t3))
        .gap(8.0);
    let response = ui.add_enabled(why_not.is_none(), button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, why_not.is_none(), name));
    if response.clicked() {
        ui.close();
        out.push(action);
    }
    if let Some(why_not) = why_not {
        response.on_disabled_hover_text(why_not);
    }
}
