//! What a Jaguar device answers: its checks in their order, its errors as reason phrases.

use std::io::Error;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::firmware::is_verified;
use super::seen::Request;
use super::shared::Shared;
use super::wire::Wire;

/// What a chip throws when an image does not fit, or the bootloader does not take it.
const OUT_OF_BOUNDS: &str = "OUT_OF_BOUNDS";

/// Serves one connection to its end. Gives the image to restart into, if it brought one.
pub(super) async fn serve(shared: &Shared, stream: &TcpStream) -> Option<Vec<u8>> {
    let mut wire = Wire::new(stream);
    let mut installed = None;
    for number in 0.. {
        let request = match timeout(shared.setup.read_timeout, wire.request()).await {
            Ok(Ok(Some(request))) => request,
            Ok(_) => break,
            Err(_) => {
                shared.see(|seen| seen.overstayed += 1);
                break;
            }
        };
        shared.see(|seen| {
            seen.reused += usize::from(number > 0);
            seen.requests.push(request.clone());
        });
        let reply = match answer(shared, &mut wire, &request, &mut installed).await {
            Ok(reply) => reply,
            Err(Thrown::Exception(exception)) => Reply::thrown(&exception),
            Err(Thrown::Broken) => break,
        };
        if wire.write(&reply.head()).await.is_err() {
            break;
        }
        // Who has not read the whole body closes, hard and without the end of an answer in chunks.
        if wire.left > 0 {
            let _ = wire.body(usize::MAX).await;
            break;
        }
        if wire.write(&reply.body).await.is_err() {
            break;
        }
    }
    installed
}

/// Why a request has no answer of its own.
enum Thrown {
    /// Something that the device says in its answer.
    Exception(String),
    /// The connection is no more.
    Broken,
}

impl From<Error> for Thrown {
    fn from(_: Error) -> Self {
        Self::Broken
    }
}

async fn answer(
    shared: &Shared,
    wire: &mut Wire<'_>,
    request: &Request,
    installed: &mut Option<Vec<u8>>,
) -> Result<Reply, Thrown> {
    let identity = shared.identity();
    let header = |name| request.field(name).unwrap_or("null").to_owned();
    let (id, sdk) = (header("x-jaguar-device-id"), header("x-jaguar-sdk-version"));
    let is_page = |path: &str| {
        path == "/" || [".html", ".css", ".ico"].iter().any(|extension| path.ends_with(extension))
    };
    Ok(match (request.method.as_str(), request.path.as_str()) {
        ("HEAD", _) => Reply::without_body(405, "HEAD not implemented".to_owned()),
        ("GET", "/identify") => {
            Reply::whole("application/json", identity.payload(shared.setup.form, shared.address))
        }
        (_, path) if is_page(path) => Reply::whole("text/html", b"<html>Jaguar device</html>".to_vec()),
        _ if id != identity.dashed() => Reply::without_body(
            403,
            format!("Device has id '{}', jag is trying to talk to '{id}'", identity.dashed()),
        ),
        ("GET", "/ping") | ("PUT", "/uninstall") => Reply::ok(),
        ("PUT", "/firmware") => {
            let image = firmware(shared, wire, request).await?;
            shared.see(|seen| seen.images.push(image.clone()));
            *installed = Some(image);
            if shared.faults().answers_nothing {
                return Err(Thrown::Broken);
            }
            Reply::ok()
        }
        _ if sdk != identity.sdk_version => {
            Reply::without_body(406, format!("Device has {}, jag has {sdk}", identity.sdk_version))
        }
        _ => Reply::empty(500, "Internal Server Error".to_owned()),
    })
}

/// Takes an image, as far as nothing goes wrong.
async fn firmware(shared: &Shared, wire: &mut Wire<'_>, request: &Request) -> Result<Vec<u8>, Thrown> {
    let faults = shared.faults();
    let throw = |what: &str| Err(Thrown::Exception(what.to_owned()));
    shared.see(|seen| seen.received = 0);
    if request.field("content-length").is_none() {
        return throw("AS_CHECK_FAILED");
    }
    if wire.left > shared.setup.slot {
        return throw(OUT_OF_BOUNDS);
    }
    let (most, pause) = faults.pace.unwrap_or_default();
    let most = if most == 0 { usize::MAX } else { most };
    let (mut image, mut stalls_at) = (Vec::new(), faults.stalls_at);
    loop {
        let at = image.len();
        if let Some((_, exception)) = faults.throws.as_ref().filter(|(from, _)| at >= *from) {
            return throw(exception);
        }
        if faults.breaks_at.is_some_and(|from| at >= from) && shared.breaks_now() {
            return Err(Thrown::Broken);
        }
        if stalls_at.is_some_and(|from| at >= from) {
            stalls_at = None;
            shared.released().await;
        }
        let piece = wire.body(most).await?;
        if piece.is_empty() {
            break;
        }
        image.extend_from_slice(&piece);
        shared.see(|seen| seen.received = image.len());
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
    if is_verified(&image, shared.setup.chip) { Ok(image) } else { throw(OUT_OF_BOUNDS) }
}

/// An answer.
struct Reply {
    status: u16,
    reason: String,
    fields: String,
    body: Vec<u8>,
}

impl Reply {
    fn whole(kind: &str, body: Vec<u8>) -> Self {
        let fields = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        Self { status: 200, reason: "OK".to_owned(), fields, body }
    }

    fn ok() -> Self {
        Self::whole("application/json", br#"{ "status": "OK" }"#.to_vec())
    }

    /// In chunks, of which there are none.
    fn without_body(status: u16, reason: String) -> Self {
        let fields = "Transfer-Encoding: chunked\r\n".to_owned();
        Self { status, reason, fields, body: b"0\r\n\r\n".to_vec() }
    }

    fn empty(status: u16, reason: String) -> Self {
        Self { status, reason, fields: "Content-Length: 0\r\n".to_owned(), body: Vec::new() }
    }

    fn thrown(exception: &str) -> Self {
        Self::empty(500, format!("Internal Server error - {exception}"))
    }

    fn head(&self) -> Vec<u8> {
        format!("HTTP/1.1 {} {}\r\n{}\r\n", self.status, self.reason, self.fields).into_bytes()
    }
}
