//! How many files and sockets the program may have open.

/// Files that a program on macOS can have open, though it is told there is no limit.
#[cfg(unix)]
const MOST: u64 = 10_240;

/// Raises the limit as far as the user may: a rollout has several sockets a device, and many systems give 1,024 or 256.
/// Where that does not succeed, the limit stays.
pub fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let limit = getrlimit(Resource::Nofile);
        let wanted = [limit.maximum, Some(MOST)];
        for wanted in wanted.into_iter().filter(|wanted| wanted.is_none_or(|it| limit.current < Some(it))) {
            if setrlimit(Resource::Nofile, Rlimit { current: wanted, maximum: limit.maximum }).is_ok() {
                return;
            }
        }
    }
}
