//! Why this user may not open a port, and the exact way to change that on this computer.

use super::driver::RULE_STEPS;
use super::port::Port;

/// The way to the permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// A group may open it, and this user is not in it.
    JoinGroup {
        /// The group: `dialout`, `uucp`, `plugdev`.
        group: String,
        /// The user, or `$USER` where the name is not in the system's files.
        user: String,
    },
    /// The user was put into the group after this session began.
    LogInAgain {
        /// The group.
        group: String,
    },
    /// No group that a user could join may open it.
    UdevRule,
    /// It is somebody's own.
    OfAnother {
        /// Whose.
        owner: String,
    },
}

impl Fix {
    /// What to do, the likeliest first.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        match self {
            Self::JoinGroup { group, user } => vec![
                format!(
                    "join the group {group}: `sudo usermod -aG {group} {user}`, then log out and in again"
                ),
                format!("or let everybody who sits here use boards: {RULE_STEPS}"),
            ],
            Self::LogInAgain { group } => {
                vec![format!("log out and in again: the group {group} counts from the next login on")]
            }
            Self::UdevRule => vec![RULE_STEPS.to_owned()],
            Self::OfAnother { owner } => {
                vec![format!("as {owner}: it belongs to {owner}, and nobody else may open it")]
            }
        }
    }
}

/// What keeps this user from opening a port; `None` if nothing does.
#[cfg(unix)]
pub(super) fn lacking(port: &Port) -> Option<Fix> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    use rustix::io::Errno;

    let may = accessat(CWD, port.path(), Access::READ_OK | Access::WRITE_OK, AtFlags::EACCESS);
    matches!(may, Err(Errno::ACCESS | Errno::PERM)).then(|| fix(port))
}

/// Windows gives everybody every port.
#[cfg(not(unix))]
pub(super) fn lacking(_: &Port) -> Option<Fix> {
    None
}

/// The way to the permission for a port that the system has refused.
#[cfg(unix)]
pub(super) fn fix(port: &Port) -> Fix {
    let Ok(file) = std::fs::metadata(port.path()) else { return Fix::UdevRule };
    let text = |path| std::fs::read_to_string(path).unwrap_or_default();
    let user = rustix::process::getuid().as_raw();
    judge(&Owners::of(&file), user, &text("/etc/passwd"), &text("/etc/group"), port.usb().is_some())
}

#[cfg(not(unix))]
pub(super) fn fix(_: &Port) -> Fix {
    Fix::UdevRule
}

/// Whose a device file is.
#[cfg(unix)]
struct Owners {
    owner: u32,
    group: u32,
    group_may: bool,
}

#[cfg(unix)]
impl Owners {
    fn of(file: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self { owner: file.uid(), group: file.gid(), group_may: file.mode() & 0o060 == 0o060 }
    }
}

/// `passwd` and `group` as in `passwd(5)` and `group(5)`.
#[cfg(unix)]
fn judge(file: &Owners, user: u32, passwd: &str, groups: &str, usb: bool) -> Fix {
    let user = name_of(passwd, user).unwrap_or("$USER");
    let mut groups = groups.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let group = groups.find(|fields| fields.get(2).and_then(|id| id.parse().ok()) == Some(file.group));
    // Nobody should join root's group for a serial port.
    match group.as_deref() {
        Some([name, _, _, members, ..]) if file.group_may && file.group != 0 => {
            let group = (*name).to_owned();
            if members.split(',').any(|member| member == user) {
                Fix::LogInAgain { group }
            } else {
                Fix::JoinGroup { group, user: user.to_owned() }
            }
        }
        _ if usb => Fix::UdevRule,
        _ => {
            let owner = name_of(passwd, file.owner);
            Fix::OfAnother { owner: owner.map_or_else(|| format!("user {}", file.owner), str::to_owned) }
        }
    }
}

#[cfg(unix)]
fn name_of(passwd: &str, user: u32) -> Option<&str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(user)).then_some(name)
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n";
    const GROUPS: &str = "root:x:0:\ntty:x:5:\ndialout:x:20:bob,eve\nbroken\nuucp:x:986:\n";

    fn file(owner: u32, group: u32, group_may: bool) -> Owners {
        Owners { owner, group, group_may }
    }

    fn join(group: &str, user: &str) -> Fix {
        Fix::JoinGroup { group: group.to_owned(), user: user.to_owned() }
    }

    #[test]
    fn the_fix_is_that_of_this_system() {
        let table = [
            (file(0, 20, true), 1000, true, join("dialout", "ada")),
            (file(0, 986, true), 1000, true, join("uucp", "ada")),
            (file(0, 20, true), 4242, false, join("dialout", "$USER")),
            (file(0, 20, true), 1001, true, Fix::LogInAgain { group: "dialout".to_owned() }),
            (file(0, 0, true), 1000, true, Fix::UdevRule),
            (file(0, 20, false), 1000, true, Fix::UdevRule),
            (file(0, 777, true), 1000, true, Fix::UdevRule),
            (file(1001, 5, false), 1000, false, Fix::OfAnother { owner: "bob".to_owned() }),
            (file(4242, 5, false), 1000, false, Fix::OfAnother { owner: "user 4242".to_owned() }),
        ];
        for (file, user, usb, fix) in table {
            assert_eq!(judge(&file, user, PASSWD, GROUPS, usb), fix);
        }
    }

    #[test]
    fn the_steps_are_commands_that_can_be_copied() {
        let steps = join("dialout", "ada").steps();
        assert!(steps[0].contains("`sudo usermod -aG dialout ada`, then log out and in again"), "{steps:?}");
        assert!(
            steps[1].contains("`skylift ports --udev-rule | sudo tee /etc/udev/rules.d/60-skylift.rules`"),
            "{steps:?}"
        );
    }
}
