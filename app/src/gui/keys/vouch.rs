//! Who vouches for an image, in words. Pure: what the signatures are worth is found elsewhere.

use skylift_protocol::Digest;
use skylift_updater::signature::SignatureError;

use crate::gui::messages::sentence;
use crate::image::sign::{SignatureReport, Signatures, Signer};

/// How much a signature is worth here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Valid, by a signer of this computer.
    Known,
    /// Valid, by somebody else.
    Unknown,
    /// Not valid.
    Bad,
    /// There is none.
    Unsigned,
}

/// What is said of one signature, or of there being none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouch {
    /// How much it is worth.
    pub worth: Worth,
    /// A few words.
    pub name: String,
    /// A sentence on it.
    pub text: String,
    /// Who signed, or says so.
    pub signer: Option<Digest>,
}

/// What is said of each signature, in their order; one thing at least.
#[must_use]
pub fn vouches(found: &Signatures, known: &[Signer]) -> Vec<Vouch> {
    match found {
        Ok(reports) => reports.iter().map(|report| vouch(report, known)).collect(),
        Err(SignatureError::Unsigned) => vec![Vouch {
            worth: Worth::Unsigned,
            name: "Not signed".to_owned(),
            text: "Devices that ask for a signature refuse it, the others take it.".to_owned(),
            signer: None,
        }],
        Err(error) => vec![Vouch {
            worth: Worth::Bad,
            name: "Its signature is worth nothing".to_owned(),
            text: sentence(&error.to_string()),
            signer: None,
        }],
    }
}

fn vouch(report: &SignatureReport, known: &[Signer]) -> Vouch {
    let signer = Signer::of(known, report.signer);
    let called = signer.map_or("somebody unknown", |signer| signer.name.as_str());
    let (worth, name, text) = match (&report.holds, signer) {
        (Ok(()), Some(_)) => (
            Worth::Known,
            format!("Signed by {called}"),
            format!("The signature is valid, {}.", report.scheme),
        ),
        (Ok(()), None) => (
            Worth::Unknown,
            format!("Signed by {called}"),
            "The signature is valid. No signer on this computer has this key.".to_owned(),
        ),
        (Err(fault), _) => {
            (Worth::Bad, format!("Signature of {called}, not valid"), sentence(&fault.to_string()))
        }
    };
    Vouch { worth, name, text, signer: Some(report.signer) }
}

/// The same for a cell of a table: the best of the signatures.
#[must_use]
pub fn in_a_word(found: &Signatures, known: &[Signer]) -> (Worth, String) {
    let Ok(reports) = found else {
        return match found {
            Err(SignatureError::Unsigned) => (Worth::Unsigned, "Unsigned".to_owned()),
            _ => (Worth::Bad, "Not valid".to_owned()),
        };
    };
    let valid = || reports.iter().filter(|report| report.holds.is_ok());
    let mut names = valid().filter_map(|report| Signer::of(known, report.signer));
    match (names.next(), names.count(), valid().count()) {
        (Some(first), 0, _) => (Worth::Known, first.name.to_string()),
        (Some(first), more, _) => (Worth::Known, format!("{} +{more}", first.name)),
        (None, _, 0) => (Worth::Bad, "Not valid".to_owned()),
        (None, ..) => (Worth::Unknown, "Unknown".to_owned()),
    }
}

/// Who signed it, to be read behind the name of an image; nothing for one that is not signed.
#[must_use]
pub fn suffix(found: Option<&Signatures>, known: &[Signer]) -> String {
    match found.map(|found| in_a_word(found, known)) {
        Some((Worth::Known, name)) => format!(", signed by {name}"),
        Some((Worth::Unknown, _)) => ", signer unknown".to_owned(),
        Some((Worth::Bad, _)) => ", signature not valid".to_owned(),
        Some((Worth::Unsigned, _)) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use skylift_updater::signature::{BlockFault, Scheme};

    use super::*;

    fn signer(name: &str, byte: u8) -> Signer {
        Signer { name: name.parse().unwrap(), digest: Digest([byte; 32]), created: None }
    }

    fn by(byte: u8, holds: Result<(), BlockFault>) -> SignatureReport {
        SignatureReport { signer: Digest([byte; 32]), scheme: Scheme::EcdsaP256, holds }
    }

    fn names(found: &Signatures) -> Vec<String> {
        vouches(found, &[signer("bench", 1), signer("release", 2)]).into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn each_signature_is_named_and_judged() {
        let found = Ok(vec![by(1, Ok(())), by(9, Ok(())), by(2, Err(BlockFault::OtherImage))]);
        assert_eq!(
            names(&found),
            ["Signed by bench", "Signed by somebody unknown", "Signature of release, not valid"]
        );
        let said = vouches(&found, &[]);
        assert!(said.iter().all(|vouch| vouch.worth != Worth::Known && vouch.signer.is_some()));
        assert_eq!(said[2].text, "The signature is for another image.");
        assert_eq!(names(&Err(SignatureError::Unsigned)), ["Not signed"]);
        assert_eq!(names(&Err(SignatureError::Damaged { block: 0 })), ["Its signature is worth nothing"]);
    }

    #[test]
    fn a_cell_has_the_best_of_them() {
        let known = [signer("bench", 1), signer("release", 2)];
        let word = |found: Signatures| in_a_word(&found, &known);
        let bad = || by(1, Err(BlockFault::Signature));
        assert_eq!(word(Ok(vec![bad(), by(9, Ok(())), by(2, Ok(()))])), (Worth::Known, "release".to_owned()));
        assert_eq!(word(Ok(vec![by(1, Ok(())), by(2, Ok(()))])), (Worth::Known, "bench +1".to_owned()));
        assert_eq!(word(Ok(vec![bad(), by(9, Ok(()))])), (Worth::Unknown, "Unknown".to_owned()));
        assert_eq!(word(Ok(vec![bad()])), (Worth::Bad, "Not valid".to_owned()));
        assert_eq!(word(Err(SignatureError::Misplaced)), (Worth::Bad, "Not valid".to_owned()));
        assert_eq!(word(Err(SignatureError::Unsigned)), (Worth::Unsigned, "Unsigned".to_owned()));
        assert_eq!(suffix(Some(&Ok(vec![by(1, Ok(()))])), &known), ", signed by bench");
        assert_eq!(suffix(None, &known), "");
    }
}
