//! Without colours every state is told apart: by the shape of its icon, and by its word.

use std::collections::BTreeSet;

use egui::Theme;

use crate::desk::{SMALL, WIDE};
use crate::stills::{Material, STATES, Sight, Still, fleet};
use crate::text::{Painted, painted_in};

/// Icons are in a private area of Unicode.
fn is_icon(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|it| ('\u{E000}'..='\u{F8FF}').contains(&it)) && letters.next().is_none()
}

/// Icon and word in the line of a name: the first two texts at its left.
fn state_of(name: &str, texts: &[Painted]) -> (String, String) {
    let name = texts.iter().find(|text| text.text == name).unwrap_or_else(|| panic!("{name} is not shown"));
    let middle = name.place.center().y;
    let mut line: Vec<_> = texts
        .iter()
        .filter(|text| {
            (text.place.center().y - middle).abs() < 12.0 && text.place.right() <= name.place.left()
        })
        // The navigation stands beside the table.
        .filter(|text| text.place.left() > name.place.left() - 240.0)
        .collect();
    line.sort_by(|one, other| one.place.left().total_cmp(&other.place.left()));
    let icon = line.iter().find(|text| is_icon(&text.text)).expect("an icon");
    let word = line.iter().find(|text| !is_icon(&text.text)).expect("a word");
    (icon.text.clone(), word.text.clone())
}

#[test]
fn every_state_of_a_device_has_its_own_icon_and_word() {
    let material = Material::gather();
    let mut still = Still::of(&material, &fleet(&material));
    for (theme, size) in [(Theme::Dark, WIDE), (Theme::Light, SMALL)] {
        still.look(Sight { theme, size, scale: 1.0 });
        let texts = painted_in(still.harness.output());
        let states: Vec<_> = STATES.map(|state| state_of(&format!("is-{state}"), &texts)).into();
        let icons: BTreeSet<_> = states.iter().map(|(icon, _)| icon).collect();
        let words: BTreeSet<_> = states.iter().map(|(_, word)| word).collect();
        assert_eq!((icons.len(), words.len()), (STATES.len(), STATES.len()), "{states:#?}");
    }
}
