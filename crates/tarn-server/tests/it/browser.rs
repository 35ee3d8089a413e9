//! A browser of few words: it keeps cookies, follows what it is told to and shows every byte of a
//! reply. Cookies are kept by host and not by port, as real browsers keep them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// What came back, whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |(key, _): &&(String, String)| key == name;
        self.headers
            .iter()
            .find(named)
            .map(|(_, value)| value.as_str())
    }

    /// Where the reply sends the browser.
    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The words of the page, with one space between them and no mark-up.
    pub(crate) fn words(&self) -> String {
        let mut text = String::with_capacity(self.body.len());
        for piece in self.body.split('<') {
            text.push(' ');
            text.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
        }
        let text = text
            .replace("&#39;", "'")
            .replace("&amp;", "&")
            .replace('\u{a0}', " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Every value of one attribute, in order, such as `href`.
    pub(crate) fn values(&self, attribute: &str) -> Vec<String> {
        let opening = format!(" {attribute}=\"");
        let after = self.body.split(opening.as_str()).skip(1);
        after
            .filter_map(|rest| rest.split_once('"').map(|(value, _)| value.to_owned()))
            .collect()
    }

    /// The first address on the page that begins like this.
    pub(crate) fn link(&self, beginning: &str) -> Option<String> {
        self.values("href")
            .into_iter()
            .find(|link| link.starts_with(beginning))
    }

    /// The secret of the page's forms.
    pub(crate) fn csrf(&self) -> Option<String> {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"")?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    }

    /// The organisations that the lines of the page name as their sources, once each.
    pub(crate) fn sources(&self) -> Vec<String> {
        let mut names = Vec::new();
        for chip in self.body.split("class=\"chip").skip(1) {
            let name = chip
                .split_once("class=\"visually-hidden\">")
                .and_then(|(_, rest)| rest.split_once('<'))
                .map(|(name, _)| name.to_owned());
            names.extend(name);
        }
        names.sort();
        names.dedup();
        names
    }
}

/// One person's browser.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A browser in which a persona of the demo has signed in at a part, through the provider.
    pub(crate) fn signed_in(origin: &str, persona: &str) -> Self {
        let mut browser = Self::default();
        browser.sign_in(origin, persona);
        browser
    }

    /// The whole of a sign-in: the part, the provider's page, the choice, and back.
    pub(crate) fn sign_in(&mut self, origin: &str, persona: &str) {
        let begun = self.get(origin, "/sign-in");
        assert_eq!(begun.status, 303, "{}", begun.words());
        let (provider, path) = split(begun.location());
        let choices = self.get(&provider, &path);
        assert_eq!(choices.status, 200, "{}", choices.words());
        assert!(
            choices.body.contains(&format!("value=\"{persona}\"")),
            "the provider's page offers {persona}"
        );
        let (address, parameters) = path.split_once('?').expect("parameters of the sign-in");
        let mut form: Vec<(String, String)> = url::form_urlencoded::parse(parameters.as_bytes())
            .into_owned()
            .collect();
        form.push(("persona".to_owned(), persona.to_owned()));
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (&**k, &**v)).collect();
        let chosen = self.post(&provider, address, &form);
        assert_eq!(chosen.status, 303, "{}", chosen.words());
        let (back, path) = split(chosen.location());
        assert_eq!(back, origin, "the provider sends the browser back");
        let done = self.get(&back, &path);
        assert_eq!((done.status, done.location()), (303, "/"), "{}", done.body);
    }

    /// `GET`, without following where the reply leads.
    pub(crate) fn get(&mut self, origin: &str, path: &str) -> Reply {
        self.send(origin, "GET", path, &[], "")
    }

    /// Posts a form as the origin's own page would.
    pub(crate) fn post(&mut self, origin: &str, path: &str, form: &[(&str, &str)]) -> Reply {
        self.post_with(
            origin,
            path,
            form,
            &[("Origin", origin), ("Sec-Fetch-Site", "same-origin")],
        )
    }

    /// Posts a form with these headers and no other sign of where it came from.
    pub(crate) fn post_with(
        &mut self,
        origin: &str,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let headers: Vec<_> = headers.iter().copied().chain([kind]).collect();
        self.send(origin, "POST", path, &headers, &body)
    }

    /// Searches by NHS number and gives the address of the one person found, if any.
    pub(crate) fn find(&mut self, viewer: &str, nhs_number: &str) -> (Reply, Option<String>) {
        let form = self.get(viewer, "/");
        let csrf = form.csrf().unwrap_or_default();
        let found = self.post(
            viewer,
            "/find",
            &[("csrf", &csrf), ("nhs_number", nhs_number)],
        );
        let person = found.link("/people/");
        (found, person)
    }

    /// One request with these headers and this body, without following where the reply leads.
    pub(crate) fn send(
        &mut self,
        origin: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let host = origin.strip_prefix("http://").expect("a plain address");
        let mut wire = TcpStream::connect(host).expect("the part listens");
        wire.set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect();
            request.push_str(&format!("Cookie: {}\r\n", pairs.join("; ")));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        wire.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        wire.read_to_end(&mut answer).expect("a whole reply");
        let reply = read(&answer);
        self.keep_cookies(&reply);
        reply
    }

    fn keep_cookies(&mut self, reply: &Reply) {
        for (name, value) in &reply.headers {
            if name != "set-cookie" {
                continue;
            }
            let pair = value.split(';').next().unwrap_or_default();
            let (name, kept) = pair.split_once('=').expect("a cookie");
            if kept.is_empty() || value.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), kept.to_owned());
            }
        }
    }
}

/// Origin and path of an address.
pub(crate) fn split(address: &str) -> (String, String) {
    let rest = address.strip_prefix("http://").expect("an address");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (format!("http://{host}"), format!("/{path}"))
}

fn read(answer: &[u8]) -> Reply {
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("the end of the headers");
    let (head, rest) = answer.split_at(end);
    let head = std::str::from_utf8(head).expect("headers are text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let body = rest.split_at(4).1;
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { joined(body) } else { body.to_vec() };
    Reply {
        status: status.and_then(|word| word.parse().ok()).expect("a status"),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// The body of a reply that came in chunks.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let (size, after) = rest.split_at(end);
        let size = std::str::from_utf8(size).expect("a chunk's size");
        let size = usize::from_str_radix(size, 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        let (chunk, after) = after.split_at(2).1.split_at(size);
        whole.extend_from_slice(chunk);
        rest = after.split_at(2).1;
    }
    whole
}
