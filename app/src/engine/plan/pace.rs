//! How fast a device is: what its own last updates say, or what is usual for its kind.

use std::time::Duration;

/// How fast a device was in one update, as far as that could be measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Bytes a second over the air, while flash stood still.
    pub link: Option<f64>,
    /// Bytes a second that were erased, written and read back.
    pub flash: Option<f64>,
    /// From the restart until the new image answered.
    pub restart: Option<Duration>,
}

impl Pace {
    /// More updates of a device are not looked at: what it was like long ago says little.
    pub const LAST_UPDATES: u8 = 5;

    /// What was measured; where nothing was, as it was measured before.
    pub(in crate::engine) fn or(self, before: Self) -> Self {
        Self {
            link: self.link.or(before.link),
            flash: self.flash.or(before.flash),
            restart: self.restart.or(before.restart),
        }
    }
}

/// Where an engine gets from how fast devices were. It knows of no database.
pub trait PaceBook: Send + Sync {
    /// How fast a device was in its last updates, the latest first. It may block for as long as reading them takes.
    fn paces(&self, device: &str) -> Vec<Pace>;
}

/// What a device's times are predicted from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tempo {
    /// Bytes a second over the air.
    pub(super) link: f64,
    /// Seconds a byte of flash takes to be erased.
    pub(super) erase: f64,
    /// Seconds a byte takes to be written and read back.
    pub(super) write: f64,
    /// Seconds from the restart until the new image answers.
    pub(super) restart: f64,
    /// In how many updates of the device it was measured.
    pub(super) updates: u32,
}

/// An ESP32-C3 with esp-radio, as measured elsewhere: 400 KB/s over tuned WiFi (esp-hal#1605), 225 KB/s for erasing in
/// blocks of 64 KiB (probe-rs#1936), 0.9 MB/s for programming (between the 0.8 and 1.0 that follow from ESP-IDF's
/// idf_performance_target.h), twice read back at 10 MB/s, and 3 s to start and join the network.
const TYPICAL: Tempo = Tempo {
    link: 400_000.0,
    erase: 1.0 / 225_000.0,
    write: 1.0 / 900_000.0 + 2.0 / 10_000_000.0,
    restart: 3.0,
    updates: 0,
};

impl Tempo {
    /// The median of what was measured; what was not is as usual.
    pub(super) fn of(paces: &[Pace]) -> Self {
        let last = paces.get(..usize::from(Pace::LAST_UPDATES)).unwrap_or(paces);
        let told = last.iter().filter(|pace| pace.link.is_some() || pace.flash.is_some()).count();
        let median = |what: fn(&Pace) -> Option<f64>| median(last.iter().filter_map(what));
        // One figure covers erasing and writing, and their shares hardly differ between chips.
        let usual = TYPICAL.erase + TYPICAL.write;
        let flash = median(|pace| pace.flash).map_or(usual, f64::recip);
        Self {
            link: median(|pace| pace.link).unwrap_or(TYPICAL.link),
            erase: flash * TYPICAL.erase / usual,
            write: flash * TYPICAL.write / usual,
            restart: median(|pace| pace.restart.map(|time| time.as_secs_f64())).unwrap_or(TYPICAL.restart),
            updates: u32::try_from(told).unwrap_or(u32::MAX),
        }
    }
}

/// The middle one; of an even number, the lesser of the two. What is no speed or time does not count.
fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.filter(|figure| figure.is_finite() && *figure > 0.0).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(link: f64, flash: f64) -> Pace {
        Pace { link: Some(link), flash: Some(flash), restart: Some(Duration::from_secs(2)) }
    }

    #[test]
    fn a_short_attempt_takes_nothing_away_from_the_one_before() {
        let first = measured(90_000.0, 150_000.0);
        assert_eq!(Pace::default().or(first), first);
        let second = Pace { flash: Some(160_000.0), ..Pace::default() };
        assert_eq!(second.or(first), measured(90_000.0, 160_000.0));
    }

    #[test]
    fn without_history_the_usual_times_count() {
        assert_eq!(Tempo::of(&[]), TYPICAL);
        let restart = Pace { restart: Some(Duration::from_secs(9)), ..Pace::default() };
        assert_eq!(Tempo::of(&[restart]), Tempo { restart: 9.0, ..TYPICAL });
    }

    #[test]
    fn one_odd_update_does_not_count() {
        let paces = [measured(90_000.0, 150_000.0), measured(1.0, 2.0), measured(100_000.0, 160_000.0)];
        let tempo = Tempo::of(&paces);
        assert_eq!((tempo.link, tempo.restart, tempo.updates), (90_000.0, 2.0, 3));
        assert!((tempo.erase + tempo.write - 1.0 / 150_000.0).abs() < 1e-12);
        assert!(tempo.erase > tempo.write, "erasing takes longest on every chip");
    }

    #[test]
    fn only_the_last_updates_count_and_nonsense_never() {
        let mut paces = vec![measured(50_000.0, 100_000.0); Pace::LAST_UPDATES.into()];
        paces.extend([measured(1.0, 1.0); 20]);
        assert_eq!(Tempo::of(&paces).link, 50_000.0);
        let nonsense = [measured(0.0, f64::NAN), measured(-3.0, f64::INFINITY)];
        assert_eq!(Tempo::of(&nonsense).link, TYPICAL.link);
        assert_eq!(Tempo::of(&nonsense).erase, TYPICAL.erase);
    }
}
