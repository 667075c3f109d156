//! Taking secrets out of texts that are given to others.

use serde_json::Value;

/// What stands where a secret was.
const REMOVED: &str = "<removed>";
/// A value behind a word that ends so is a secret.
const SECRET_WORDS: [&str; 10] =
    ["password", "passwd", "passphrase", "psk", "pass", "secret", "token", "key", "authorization", "ssid"];
/// Digits of the tokens in the file server's paths. Digests have twice as many.
const TOKEN_DIGITS: usize = 32;

/// The text without passwords, keys, tokens, and the user's own name in paths.
pub(super) fn redact(text: &str, home: Option<&str>) -> String {
    let text = match home.filter(|home| home.len() > 1) {
        Some(home) => text.replace(home, "~"),
        None => text.to_owned(),
    };
    text.split_inclusive('\n')
        .map(|line| without_tokens(&without_values(&line_without_login(line))))
        .collect()
}

/// The same for every text in a JSON value.
pub(super) fn redact_json(value: &mut Value, home: Option<&str>) {
    match value {
        Value::String(text) => *text = redact(text, home),
        Value::Array(values) => values.iter_mut().for_each(|value| redact_json(value, home)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact_json(value, home)),
        _ => {}
    }
}

/// `http://user:password@host` without what is before the `@`.
fn line_without_login(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        out.push_str(before);
        let authority = behind.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(behind.len());
        rest = match behind.get(..authority).and_then(|authority| authority.rfind('@')) {
            Some(login) => {
                out.push_str(REMOVED);
                behind.get(login..).unwrap_or_default()
            }
            None => behind,
        };
    }
    out + rest
}

/// `password = "..."` and the like, without the value.
fn without_values(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, behind) = rest.split_at(at + 1);
        out.push_str(before);
        rest = behind;
        if names_a_secret(before) {
            let value = rest.trim_start_matches([' ', '\t', '"', '\'']);
            let (space, _) = rest.split_at(rest.len() - value.len());
            let end = end_of_value(value, space.chars().last(), before);
            if end > 0 {
                out.push_str(space);
                out.push_str(REMOVED);
            }
            rest = value.get(end..).unwrap_or_default();
            if end == 0 {
                out.push_str(space);
            }
        }
    }
    out + rest
}

fn names_a_secret(before: &str) -> bool {
    let name = before.trim_end_matches(['=', ':']).trim_end_matches([' ', '\t', '"', '\'']);
    let word = name.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    SECRET_WORDS.iter().any(|secret| word.ends_with(secret))
}

fn end_of_value(value: &str, last: Option<char>, name: &str) -> usize {
    // What authorises has several words.
    let whole_line = name.to_lowercase().contains("authorization");
    let ends = |c: char| match last {
        Some(quote @ ('"' | '\'')) => c == quote || c == '\n',
        _ if whole_line => c == '\n',
        _ => c.is_whitespace() || matches!(c, ',' | ';' | '&' | '"' | '\''),
    };
    value.find(ends).unwrap_or(value.len())
}

/// Runs of as many hex digits as a token has.
fn without_tokens(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(word);
        let is_token = run.len() == TOKEN_DIGITS && run.bytes().all(|byte| byte.is_ascii_hexdigit());
        out.push_str(if is_token { REMOVED } else { run });
        let mut others = behind.chars();
        out.extend(others.next());
        rest = others.as_str();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn expect(text: &str, redacted: &str) {
        assert_eq!(redact(text, Some("/home/ann")), redacted);
    }

    #[test]
    fn secrets_are_removed() {
        expect("wifi password=hunter2 ok\nnext", "wifi password=<removed> ok\nnext");
        expect(
            "ssid: \"My net\", psk: 'a b c', rssi: -60",
            "ssid: \"<removed>\", psk: '<removed>', rssi: -60",
        );
        expect("API_KEY = abc;x", "API_KEY = <removed>;x");
        expect("Authorization: Bearer abc def\nmore", "Authorization: <removed>\nmore");
        expect("GET http://ann:pw@host:8000/x", "GET http://<removed>@host:8000/x");
        let token = "0123456789abcdef0123456789abcdef";
        expect(&format!("http://10.0.0.1:8000/{token}/ota.bin"), "http://10.0.0.1:8000/<removed>/ota.bin");
        expect("/home/ann/project/ota.bin", "~/project/ota.bin");
    }

    #[test]
    fn everything_else_stays() {
        let digest = "ab".repeat(32);
        for text in [
            format!("image {digest}: valid, at 10.0.0.1:8000"),
            "[     1.234] panic at src/main.rs:12: index out of bounds\n".to_owned(),
            "a key: ".to_owned(),
            "Küche 灯 = 4".to_owned(),
            String::new(),
        ] {
            expect(&text, &text);
        }
    }

    #[test]
    fn every_text_of_a_value_is_searched() {
        let mut value = serde_json::json!({ "detail": "token=x", "list": [1, { "log": "/home/ann" }] });
        redact_json(&mut value, Some("/home/ann"));
        assert_eq!(value, serde_json::json!({ "detail": "token=<removed>", "list": [1, { "log": "~" }] }));
    }
}
