//! The order for an image that may be sent.

use skylift_protocol::{Order, OrderId, bounded};

use super::{HostReason, Step, UpdateOptions, Verdict};
use crate::engine::plan::Load;
use crate::image::Image;

/// The order for an image, and for the bytes that travel in its place; to be fetched from `url`, or pushed.
pub(super) fn order(
    order_id: OrderId,
    url: Option<&str>,
    (image, load): (&Image, &Load),
    options: &UpdateOptions,
) -> Order {
    Order {
        order_id,
        url: url.map(bounded),
        push: url.is_none(),
        size: image.size(),
        file_sha256: image.file_sha256,
        image_sha256: image.image_sha256,
        project: bounded(&image.project),
        chip: image.chip,
        encoding: load.encoding,
        stream: load.stream,
        base_image_sha256: load.base,
        confirm: options.confirm,
        allow_unguarded: options.allow_unguarded,
        allow_other_project: options.allow_other_project,
        trust: options.trust.map(|signers| signers.in_order()).unwrap_or_default(),
    }
}

/// 128 random bits: no two orders have the same id.
pub(super) fn fresh_order_id() -> Result<OrderId, Verdict> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| {
        let detail = format!("the operating system gives no random bytes: {error}");
        Verdict::failed(Step::Preparing, HostReason::Server, detail)
    })?;
    Ok(bounded(&format!("{:032x}", u128::from_be_bytes(random))))
}

#[cfg(test)]
mod tests {
    use skylift_protocol::{Chip, Confirm, Digest, Encoding, Stream};

    use super::super::NewSigners;
    use super::super::sample::{demo, image};
    use super::*;

    #[test]
    fn it_says_what_the_image_is_and_what_is_allowed() {
        let image = image(demo().build().unwrap());
        let (signers, confirm) = ([Digest([3; 32]), Digest([4; 32])], Confirm::Manual);
        let trust = NewSigners::new(&signers).ok();
        let options = UpdateOptions { confirm, allow_unguarded: true, trust, ..UpdateOptions::default() };
        let url = "http://10.0.0.1:8000/x/ota.bin";
        let order = order(bounded("o-1"), Some(url), (&image, &Load::raw(&image)), &options);
        assert_eq!(order.check(), Ok(()));
        assert_eq!(
            (order.size, order.file_sha256, order.image_sha256),
            (image.size(), image.file_sha256, image.image_sha256)
        );
        assert_eq!((order.chip, order.encoding, order.confirm), (Chip::Esp32C3, Encoding::Raw, confirm));
        assert_eq!((order.url.as_deref(), order.push), (Some(url), false));
        assert_eq!(order.project.as_str(), "skylift-demo");
        assert!(order.allow_unguarded && !order.allow_other_project);
        assert_eq!(order.trust, signers);
    }

    #[test]
    fn a_stream_travels_in_the_place_of_the_image() {
        let image = image(demo().build().unwrap());
        let (encoding, stream) = (Encoding::Delta, Stream { size: 300, sha256: Digest([5; 32]) });
        let base = Some(Digest([6; 32]));
        let load = Load { encoding, stream: Some(stream), base, ..Load::raw(&image) };
        let order = order(bounded("o-1"), None, (&image, &load), &UpdateOptions::default());
        assert_eq!(order.check(), Ok(()));
        assert_eq!((order.encoding, order.sent(), order.base_image_sha256), (encoding, stream, base));
        assert_eq!((order.size, order.file_sha256), (image.size(), image.file_sha256), "of the decoded file");
        assert!(order.push);
    }
}
