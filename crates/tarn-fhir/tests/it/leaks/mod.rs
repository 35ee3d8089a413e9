//! What may not be seen answers as what does not exist, over HTTP and byte for byte.
//!
//! There are two worlds. In one of them Harrowmere holds entries that the out-of-hours doctor may
//! not see (labelled ones of somebody in their care, and a whole person who is not), in the other
//! it never did. Each attempt is one request, put three times: by whoever may know, in the first
//! world, who must be told; and by the doctor in both worlds, who must get the same status,
//! headers and body, but for the request's own id. What is random by nature (ids made for an
//! answer, sealed links) is compared by its form.

mod asks;
mod bisection;
mod contents;
mod writes;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::json;

use crate::world::{World, asks, with_two_on_both};

/// In every entry that the doctor may not see.
const CANARY: &str = "CANARY-5b2e";
/// Who may see everything here: the practice's own system.
const ALLOWED: &str = "feed";
/// Who may not.
const DOCTOR: &str = "doctor";

/// One request, whoever puts it.
#[derive(Debug, Clone)]
struct Ask {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    tells: Tells,
}

/// How the answer shows that whoever may know was told.
#[derive(Debug, Clone, Copy)]
enum Tells {
    /// It holds the canary.
    Canary,
    /// It is another one than where there is nothing: a count, a status, a link.
    Difference,
}

impl Ask {
    fn of(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: String::new(),
            tells: Tells::Canary,
        }
    }

    fn get(path: impl Into<String>) -> Self {
        Self::of(Method::GET, path)
    }

    fn by_difference(self) -> Self {
        Self {
            tells: Tells::Difference,
            ..self
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn with_body(self, content_type: &'static str, body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..self.with("content-type", content_type)
        }
    }

    /// The same as a form.
    fn form(kind: &str, form: impl Into<String>) -> Self {
        Self::of(Method::POST, format!("/{kind}/_search"))
            .with_body("application/x-www-form-urlencoded", form)
    }

    /// The same read as an entry of a batch.
    fn in_batch(path: &str) -> Self {
        let entry = json!({ "request": { "method": "GET", "url": path.trim_start_matches('/') } });
        let batch = json!({ "resourceType": "Bundle", "type": "batch", "entry": [entry] });
        Self::of(Method::POST, "").with_body("application/fhir+json", batch.to_string())
    }

    fn request(&self, token: &str) -> TestRequest {
        let request = TestRequest::default().method(self.method.clone());
        let request = asks(request, token, &self.path);
        let headers = self.headers.iter();
        headers
            .fold(request, |request, (name, value)| {
                request.insert_header((*name, value.as_str()))
            })
            .set_payload(self.body.clone())
    }
}

/// The world that holds what is hidden, and the one that never did.
struct Worlds<'a> {
    with: &'a World,
    without: &'a World,
    attempts: usize,
    leaks: Vec<String>,
}

impl Worlds<'_> {
    /// Everything that an asker gets to see, in a form that two worlds can be compared by.
    async fn seen(world: &World, token: &str, ask: &Ask) -> String {
        let reply = world.send(ask.request(token)).await;
        let (status, headers, body) = reply.seen();
        by_form(&format!("{status}\n{headers:?}\n{}\n{body}", body.len()))
    }

    /// Puts the request as the doctor and as whoever may know.
    async fn attempt(&mut self, ask: &Ask) {
        let told = Self::seen(self.with, ALLOWED, ask).await;
        let is_told = match ask.tells {
            Tells::Canary => told.contains(CANARY),
            Tells::Difference => told != Self::seen(self.without, ALLOWED, ask).await,
        };
        assert!(is_told, "nobody is told: {ask:?}\n{told}");
        self.compare(DOCTOR, ask).await;
    }

    /// Puts the request in both worlds as somebody who may not know.
    async fn compare(&mut self, token: &str, ask: &Ask) {
        let hidden = Self::seen(self.with, token, ask).await;
        let absent = Self::seen(self.without, token, ask).await;
        self.attempts += 1;
        if hidden != absent || hidden.contains(CANARY) {
            self.leaks.push(format!(
                "{token}: {ask:?}\nhidden {hidden}\nabsent {absent}"
            ));
        }
    }

    async fn attempt_all(&mut self, what: &str, all: Vec<Ask>) {
        let before = self.attempts;
        for ask in &all {
            self.attempt(ask).await;
        }
        println!("{what}: {} attempts", self.attempts - before);
    }
}

/// A text without what is random by nature: each id made for an answer and each sealed link is
/// replaced by how long it is.
fn by_form(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let end = |word: &mut String, out: &mut String| {
        let is_id = |id: &str| {
            let plain = id.replace('-', "");
            plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if is_id(word) || word.len() > 100 {
            out.push_str(&format!("<{}>", word.len()));
        } else {
            out.push_str(word);
        }
        word.clear();
    };
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') {
            word.push(letter);
        } else {
            end(&mut word, &mut out);
            out.push(letter);
        }
    }
    end(&mut word, &mut out);
    out
}

#[test]
fn what_may_not_be_seen_answers_as_what_does_not_exist() {
    with_two_on_both(async |with, without| {
        for world in [with, without] {
            contents::common(world).await;
        }
        contents::hidden(with).await;
        let mut worlds = Worlds {
            with,
            without,
            attempts: 0,
            leaks: Vec::new(),
        };
        asks::every_read(&mut worlds).await;
        bisection::learns_nothing(&mut worlds).await;
        asks::exports(&mut worlds).await;
        writes::every_write(&mut worlds).await;
        for world in [with, without] {
            contents::of_the_hospital(world).await;
        }
        contents::misfiled(with).await;
        asks::misfiled(&mut worlds).await;
        let Worlds {
            attempts, leaks, ..
        } = worlds;
        assert!(
            leaks.is_empty(),
            "{}: {} leaks\n{}",
            with.backend,
            leaks.len(),
            leaks.join("\n\n")
        );
        println!("{}: {attempts} attempts, 0 leaks", with.backend);
        assert!(attempts > 1000, "{attempts}");
    });
}

#[test]
fn a_text_is_compared_by_form_where_it_is_random_and_nowhere_else() {
    let id = "01900000-0000-7000-8000-000000000000";
    let check = |text: &str, expected: &str| assert_eq!(by_form(text), expected);
    check(&format!("\"urn:uuid:{id}\""), "\"urn:uuid:<36>\"");
    check(
        "Patient/edie?_id=h-Condition 410",
        "Patient/edie?_id=h-Condition 410",
    );
    check(&format!("?_page={}&", "aB-_".repeat(50)), "?_page=<200>&");
}
