//! The examples of RFC 9421 and RFC 9530, byte for byte.
extern crate std;
use std::string::String;
use std::vec::Vec;

use base64ct::{Base64, Encoding};

use super::answer::Pair;
use super::base::{self, Message};
use super::input::Input;
use super::{BodyDigest, Denied, Request, sf, signature};

/// RFC 9421, appendix B.2: `test-request`.
const TEST_REQUEST: &[(&str, &[u8])] = &[
    ("Host", b"example.com"),
    ("Date", b"Tue, 20 Apr 2021 02:07:55 GMT"),
    ("Content-Type", b"application/json"),
    ("Content-Digest", REQUEST_DIGEST.as_bytes()),
    ("Content-Length", b"18"),
];
const REQUEST_DIGEST: &str =
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
/// RFC 9421, appendix B.1.5: `test-shared-secret`.
const SECRET: &str =
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

type Fields = core::iter::Copied<core::slice::Iter<'static, (&'static str, &'static [u8])>>;

fn request(path: &'static str, query: Option<&'static str>) -> Request<'static, impl Fn() -> Fields> {
    Request { method: "POST", path, query, fields: || TEST_REQUEST.iter().copied() }
}

fn base(label: &str, field: &str, message: &impl Message) -> Result<String, Denied> {
    let input = sf::member(field.as_bytes(), label, Input::read)?.unwrap();
    let mut base = Vec::new();
    base::write(&input, message, &mut |bytes| base.extend_from_slice(bytes))?;
    Ok(String::from_utf8(base).unwrap())
}

#[test]
fn b_2_5_hmac_sha256() {
    let input =
        r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
    let message = request("/foo", Some("param=Value&Pet=dog"));
    let expected = r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@authority": example.com
"content-type": application/json
"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
    assert_eq!(base("sig-b25", input, &message).unwrap(), expected);

    let mut secret = [0; 64];
    let secret = Base64::decode(SECRET, &mut secret).unwrap();
    let signed = signature::sign(secret, &input.replace("sig-b25", "sig"), &message).unwrap();
    assert_eq!(
        signature::text("sig-b25", &signed).as_str(),
        "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"
    );
}

/// Base and order of components of the example in §2.5.
#[test]
fn section_2_5() {
    let input = r#"sig1=("@method" "@authority" "@path" "content-digest" "content-length" "content-type");created=1618884473;keyid="test-key-rsa-pss""#;
    let expected = std::format!(
        r#""@method": POST
"@authority": example.com
"@path": /foo
"content-digest": {REQUEST_DIGEST}
"content-length": 18
"content-type": application/json
"@signature-params": ("@method" "@authority" "@path" "content-digest" "content-length" "content-type");created=1618884473;keyid="test-key-rsa-pss""#
    );
    assert_eq!(base("sig1", input, &request("/foo", None)).unwrap(), expected);
}

#[test]
fn sections_2_2_1_to_2_2_7() {
    let line = |component, path, query| {
        let text = base("sig", &std::format!("sig=(\"{component}\")"), &request(path, query)).unwrap();
        String::from(text.lines().next().unwrap())
    };
    assert_eq!(line("@method", "/", None), r#""@method": POST"#);
    assert_eq!(line("@path", "/path", Some("param=value")), r#""@path": /path"#);
    for (query, expected) in [
        (Some("param=value&foo=bar&baz=bat%2Dman"), r#""@query": ?param=value&foo=bar&baz=bat%2Dman"#),
        (Some("queryString"), r#""@query": ?queryString"#),
        (Some(""), r#""@query": ?"#),
        (None, r#""@query": ?"#),
    ] {
        assert_eq!(line("@query", "/path", query), expected);
    }
    let host = Request {
        method: "GET",
        path: "/",
        query: None,
        fields: || core::iter::once(("host", &b"WWW.Example.COM:80"[..])),
    };
    let authority = base("sig", "sig=(\"@authority\")", &host).unwrap();
    assert!(authority.starts_with("\"@authority\": www.example.com\n"), "{authority}");
}

/// The answer of §2.4, with the binding that the section explains last: the request's signature.
#[test]
fn section_2_4() {
    let fields: [(&str, &[u8]); 2] = [
        ("Content-Type", b"application/json"),
        (
            "Content-Digest",
            b"sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:",
        ),
    ];
    let pair = Pair { status: 503, fields: || fields.into_iter(), request: &[7; 32] };
    let input = r#"reqres=("@status" "content-digest" "content-type" "signature";req;key="sig");created=1618884479;keyid="k""#;
    let expected = r#""@status": 503
"content-digest": sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:
"content-type": application/json
"signature";req;key="sig": :BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=:
"@signature-params": ("@status" "content-digest" "content-type" "signature";req;key="sig");created=1618884479;keyid="k""#;
    assert_eq!(base("reqres", input, &pair).unwrap(), expected);
    // Other parts of the request are not understood, and so not believed.
    for unknown in [r#""@method";req"#, r#""signature";key="sig";req"#, r#""signature";req"#, r#""@path""#] {
        assert_eq!(
            base("sig", &std::format!("sig=({unknown})"), &pair),
            Err(Denied::Incomplete),
            "{unknown}"
        );
    }
}

/// RFC 9530, appendices B.1 and B.2 (nothing), and the `sha-256` of RFC 9421's test message.
#[test]
fn digests_of_rfc_9530() {
    for (body, field) in [
        (&b"{\"hello\": \"world\"}\n"[..], "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"),
        (b"", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"),
        (b"{\"hello\": \"world\"}", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
    ] {
        assert_eq!(BodyDigest::of(body).text(), field);
        let found = BodyDigest::find(core::iter::once(("content-digest", field.as_bytes()))).unwrap();
        assert_eq!(found.check(body), Ok(()));
        assert_eq!(found.check(b"other"), Err(Denied::DigestMismatch));
    }
}
