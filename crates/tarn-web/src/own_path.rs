//! Paths on this site that a sign-in may lead to, and nothing else.

use actix_web::HttpRequest;
use actix_web::http::Method;

/// `target` if it is a path on this site, else `/`.
///
/// Browsers read `//host` and `/\host` as another site, and drop tabs and line ends before they
/// look; so those are refused too.
pub(crate) fn checked(target: &str) -> &str {
    let path = target.starts_with('/');
    let other_site = matches!(target.as_bytes().get(1), Some(b'/' | b'\\'));
    let odd = target
        .chars()
        .any(|c| c.is_control() || c == '\\' || c == ' ');
    if path && !other_site && !odd && target.len() <= 512 {
        target
    } else {
        "/"
    }
}

/// Where to come back to after signing in: the page that was asked for; the start page when it
/// was a form that was sent, since a post cannot be repeated for somebody else.
pub(crate) fn of(request: &HttpRequest) -> String {
    if *request.method() == Method::GET {
        checked(request.path()).to_owned()
    } else {
        "/".to_owned()
    }
}

/// `path` for use as a query value.
pub(crate) fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_pass() {
        for good in ["/", "/people/0199", "/a?b=c", "/sign-in?to=//evil.example"] {
            assert_eq!(checked(good), good);
        }
        for bad in [
            "",
            "people",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "/a\\b",
            "\\\\evil",
            " /evil",
            "/%0a b",
        ] {
            assert_eq!(checked(bad), "/", "{bad:?}");
        }
        assert_eq!(checked(&format!("/{}", "a".repeat(600))), "/");
    }

    #[test]
    fn a_query_value_is_encoded() {
        assert_eq!(encode("/a?b=c&d=é"), "/a%3Fb%3Dc%26d%3D%C3%A9");
    }
}
