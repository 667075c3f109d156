//! Whose images a device takes, in words. Pure; only of what the device tells.

use skylift_protocol::{Digest, ImagePolicy};

use crate::engine::Access;
use crate::image::sign::{Signatures, Signer, SignerName};

/// Whose images a device takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of certain signers.
    Signers,
    /// Anybody's.
    Anybody,
    /// Nobody's.
    Nobody,
}

/// What is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Whose.
    pub whose: Whose,
    /// A few words.
    pub name: &'static str,
    /// A sentence on it.
    pub text: String,
    /// The signers, with the name of each that is one of this computer.
    pub signers: Vec<(Option<SignerName>, Digest)>,
}

/// Whose images a device takes, and who may send them.
#[must_use]
pub fn trust(policy: &ImagePolicy, access: Option<Access>, known: &[Signer]) -> Trust {
    let said = |whose, name, text: &str| Trust { whose, name, text: text.to_owned(), signers: Vec::new() };
    match policy.signers.as_deref() {
        None if access == Some(Access::Open) => said(
            Whose::Anybody,
            "Anybody's images",
            "It asks for no signature either: anyone on the network can put any image on it.",
        ),
        None => said(
            Whose::Anybody,
            "Anybody's images",
            "It asks for no signature: who has its key can put any image on it.",
        ),
        Some([]) => said(
            Whose::Nobody,
            "Nobody's images",
            "It trusts no signer any more, which only a cable can mend.",
        ),
        Some(signers) => {
            let name = |digest: &Digest| Signer::of(known, *digest).map(|signer| signer.name.clone());
            let signers: Vec<_> = signers.iter().map(|digest| (name(digest), *digest)).collect();
            let text = match signers.len() {
                1 => "It takes only what this signer has signed.".to_owned(),
                many => format!("It takes only what one of these {many} signers has signed."),
            };
            Trust { whose: Whose::Signers, name: "Signed images only", text, signers }
        }
    }
}

/// The floor of the security version, as a sentence.
#[must_use]
pub fn floor(policy: &ImagePolicy) -> String {
    match policy.secure_floor {
        0 => "Any security version is taken.".to_owned(),
        floor => format!("No image below security version {floor} is taken."),
    }
}

/// Whether a device that takes only certain signers' images would take one with these signatures.
#[must_use]
pub fn takes(policy: &ImagePolicy, found: &Signatures) -> bool {
    let Some(trusted) = &policy.signers else { return true };
    let reports = found.as_deref().unwrap_or_default();
    reports.iter().any(|report| report.holds.is_ok() && trusted.contains(&report.signer))
}

/// The signer of this computer whose images the device takes.
#[must_use]
pub fn who_can_sign<'k>(policy: &ImagePolicy, known: &'k [Signer]) -> Option<&'k Signer> {
    let trusted = policy.signers.as_ref()?;
    known.iter().find(|signer| trusted.contains(&signer.digest))
}

#[cfg(test)]
mod tests {
    use skylift_protocol::Signers;
    use skylift_updater::signature::{BlockFault, Scheme, SignatureError};

    use super::*;
    use crate::image::sign::SignatureReport;

    fn policy(signers: Option<&[u8]>) -> ImagePolicy {
        let digests = |bytes: &[u8]| bytes.iter().map(|byte| Digest([*byte; 32])).collect::<Signers>();
        ImagePolicy { secure_floor: 0, signers: signers.map(digests) }
    }

    fn bench() -> Signer {
        Signer { name: "bench".parse().unwrap(), digest: Digest([1; 32]), created: None }
    }

    #[test]
    fn a_device_that_asks_for_nothing_is_warned_of() {
        let open = trust(&policy(None), Some(Access::Open), &[]);
        assert_eq!(open.whose, Whose::Anybody);
        assert!(open.text.contains("anyone on the network"), "{}", open.text);
        let paired = trust(&policy(None), Some(Access::Paired), &[]);
        assert!(paired.text.contains("who has its key"), "{}", paired.text);
        assert_eq!(trust(&policy(Some(&[])), None, &[]).whose, Whose::Nobody);
    }

    #[test]
    fn signers_have_their_names_where_they_are_known() {
        let trust = trust(&policy(Some(&[7, 1])), None, &[bench()]);
        let names: Vec<_> =
            trust.signers.iter().map(|(name, _)| name.as_ref().map(SignerName::as_str)).collect();
        assert_eq!((trust.whose, names), (Whose::Signers, vec![None, Some("bench")]));
        assert_eq!(who_can_sign(&policy(Some(&[7, 1])), &[bench()]), Some(&bench()));
        assert_eq!(who_can_sign(&policy(Some(&[7])), &[bench()]), None);
        assert_eq!(who_can_sign(&policy(None), &[bench()]), None);
    }

    #[test]
    fn it_takes_what_a_trusted_signer_has_really_signed() {
        let by = |byte, holds| {
            Ok(vec![SignatureReport { signer: Digest([byte; 32]), scheme: Scheme::EcdsaP256, holds }])
        };
        let trusting = policy(Some(&[1]));
        assert!(takes(&trusting, &by(1, Ok(()))));
        assert!(!takes(&trusting, &by(2, Ok(()))));
        assert!(!takes(&trusting, &by(1, Err(BlockFault::Signature))));
        assert!(!takes(&trusting, &Err(SignatureError::Unsigned)));
        assert!(takes(&policy(None), &Err(SignatureError::Unsigned)));
        assert!(!takes(&policy(Some(&[])), &by(1, Ok(()))));
    }

    #[test]
    fn the_floor_is_told() {
        assert!(floor(&policy(None)).contains("Any security version"));
        let floored = ImagePolicy { secure_floor: 3, ..policy(None) };
        assert!(floor(&floored).contains("below security version 3"));
    }
}
