//! A device that does not take an encoding: it is offered the image another way. Pure.

use skylift_protocol::{Encoding, ErrorCode, Reason};

use super::{Verdict, Why};

/// What is told of the way that is chosen for the next attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It is the first one, or another one than before, though the device has given up none.
    Planned,
    /// It is as before.
    Same,
    /// It takes the place of one that the device did not take.
    Instead {
        /// How it was sent before.
        of: Encoding,
        /// Why the device did not take that.
        why: String,
    },
}

/// What was tried in one update so far. A way that the device did not take is not tried again, so there is an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tried {
    /// How it is sent now.
    sends: Option<Encoding>,
    given_up: Vec<Encoding>,
    /// The last way that was given up, and why, until the next one is chosen.
    fall: Option<(Encoding, String)>,
}

impl Tried {
    pub(super) fn given_up(&self) -> &[Encoding] {
        &self.given_up
    }

    /// It is sent like this from now on.
    pub(super) fn sends(&mut self, encoding: Encoding) -> Choice {
        let before = self.sends.replace(encoding);
        match self.fall.take() {
            Some((of, why)) => Choice::Instead { of, why },
            None if before == Some(encoding) => Choice::Same,
            None => Choice::Planned,
        }
    }

    /// Whether the image is offered again, another way, because of how an attempt ended. `wanted` is the user's way.
    pub(super) fn falls(&mut self, wanted: Option<Encoding>, verdict: &Verdict) -> bool {
        // What the user wants is not quietly something else, and raw bytes are the last resort.
        let sent = self.sends.filter(|sent| *sent != Encoding::Raw && !self.given_up.contains(sent));
        let Some(sent) = sent.filter(|_| wanted.is_none()) else { return false };
        let Some(why) = not_taken(verdict) else { return false };
        self.given_up.push(sent);
        self.fall = Some((sent, why.to_owned()));
        true
    }
}

/// Why, if it is the way that the device did not take, rather than the image: of a stream, that is also the case when
/// other bytes came out of it, because the image was checked before.
fn not_taken(verdict: &Verdict) -> Option<&str> {
    let cause = match verdict {
        Verdict::Refused(cause) | Verdict::Failed { cause, .. } => cause,
        _ => return None,
    };
    let is_the_way = matches!(
        cause.reason,
        Why::Rule(ErrorCode::Encoding | ErrorCode::WrongBase)
            | Why::Device(
                Reason::WrongBase | Reason::BadStream | Reason::DigestMismatch | Reason::NotAnImage
            )
    );
    is_the_way.then_some(&cause.detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::update::{Cause, HostReason, Step};

    fn refused(reason: Why) -> Verdict {
        Verdict::Refused(Cause::new(reason, "it says so"))
    }

    fn failed(reason: Why) -> Verdict {
        Verdict::Failed { step: Step::Downloading, cause: Cause::new(reason, "it says so") }
    }

    fn sending(encoding: Encoding) -> Tried {
        let mut tried = Tried::default();
        assert_eq!(tried.sends(encoding), Choice::Planned);
        tried
    }

    fn instead(of: Encoding) -> Choice {
        Choice::Instead { of, why: "it says so".to_owned() }
    }

    #[test]
    fn each_way_is_given_up_once_and_told_once() {
        let mut tried = sending(Encoding::Delta);
        let bad_stream = failed(Why::Device(Reason::BadStream));
        assert!(tried.falls(None, &refused(Why::Device(Reason::WrongBase))));
        assert_eq!(tried.sends(Encoding::Compressed), instead(Encoding::Delta));
        assert!(tried.falls(None, &bad_stream));
        assert_eq!(tried.sends(Encoding::Raw), instead(Encoding::Compressed));
        assert_eq!(tried.given_up(), [Encoding::Delta, Encoding::Compressed]);
        assert!(!tried.falls(None, &bad_stream), "raw is the last");
        assert_eq!(tried.sends(Encoding::Delta), Choice::Planned);
        assert!(!tried.falls(None, &bad_stream), "never the same twice");
    }

    #[test]
    fn a_way_is_told_again_only_where_it_is_another_one() {
        let mut tried = sending(Encoding::Delta);
        // After power cuts the image is offered again.
        assert_eq!(tried.sends(Encoding::Delta), Choice::Same);
        assert_eq!(tried.sends(Encoding::Raw), Choice::Planned);
        assert_eq!(tried.sends(Encoding::Raw), Choice::Same);
    }

    #[test]
    fn an_order_that_is_refused_for_its_encoding_is_given_another_way() {
        for code in [ErrorCode::Encoding, ErrorCode::WrongBase] {
            assert!(sending(Encoding::Delta).falls(None, &refused(Why::Rule(code))), "{code}");
        }
    }

    #[test]
    fn other_bytes_out_of_a_stream_are_the_streams_fault() {
        for reason in [Reason::DigestMismatch, Reason::NotAnImage] {
            let verdict = failed(Why::Device(reason));
            assert!(sending(Encoding::Compressed).falls(None, &verdict), "{reason}");
            assert!(!sending(Encoding::Raw).falls(None, &verdict), "{reason}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_image_or_the_network_no_other_way_helps() {
        for verdict in [
            Verdict::Validated,
            refused(Why::Rule(ErrorCode::WrongProject)),
            failed(Why::Device(Reason::LinkLost)),
            failed(Why::Device(Reason::Flash)),
            failed(Why::Host(HostReason::Cancelled)),
            Verdict::RolledBack(Cause::new(Why::Device(Reason::Panic), "")),
        ] {
            assert!(!sending(Encoding::Delta).falls(None, &verdict), "{verdict:?}");
        }
    }

    #[test]
    fn what_the_user_wants_is_not_quietly_something_else() {
        let verdict = refused(Why::Device(Reason::WrongBase));
        assert!(!sending(Encoding::Delta).falls(Some(Encoding::Delta), &verdict));
    }
}
