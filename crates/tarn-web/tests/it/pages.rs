//! The page shell.

use crate::support::{as_doctor, ask, get, portal, post, viewer};

#[actix_web::test]
async fn a_page_has_its_landmarks_and_nothing_inline() {
    let body = ask(viewer(), as_doctor(get("/"))).await.body;
    for part in [
        "<!DOCTYPE html>",
        "<html lang=\"en-GB\" dir=\"ltr\" class=\"scale-clinician\">",
        "<title>Start – Harrowmere care record</title>",
        "width=device-width, initial-scale=1",
        "content=\"telephone=no\"",
        "<a class=\"skip\" href=\"#main\">",
        "<header class=\"site\">",
        "<main id=\"main\"",
        "<footer class=\"site-foot\">",
        "Dr Nadia Achterberg",
        "Out-of-hours doctor · Harrowmere Urgent Care",
        "action=\"/sign-out\"",
        "action=\"/switch-user\"",
        "value=\"csrf-of-doctor\"",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    for never in [
        "<script", "<style", "style=", "onclick", "http://", "https://", "Frutiger", "//cdn",
    ] {
        assert!(!body.contains(never), "{never}");
    }
    assert_eq!(body.matches("<main").count(), 1);
    assert_eq!(body.matches("<h1").count(), 1);
}

#[actix_web::test]
async fn every_named_file_is_there() {
    let body = ask(portal(), get("/signed-out")).await.body;
    let files: Vec<&str> = body
        .split("href=\"/assets/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        assert_eq!(
            ask(portal(), get(&format!("/assets/{file}"))).await.status,
            200,
            "{file}"
        );
    }
}

#[actix_web::test]
async fn a_citizens_page_can_be_left_quickly() {
    let page = get("/mine").insert_header(("cookie", "__Host-tarn-portal=citizen"));
    let body = ask(portal(), page).await.body;
    assert!(body.contains(
        "href=\"https://www.bbc.co.uk/weather\" rel=\"noreferrer\">Leave this page quickly<"
    ));
    assert!(body.contains("scale-citizen") && body.contains("action=\"/sign-out\""));
    assert!(!body.contains("action=\"/switch-user\""));
}

#[actix_web::test]
async fn light_or_dark_is_chosen_by_a_form() {
    let chosen = ask(viewer(), post("/theme", "theme=dark&to=/people/0199")).await;
    assert_eq!(
        (chosen.status, chosen.header("location")),
        (303, "/people/0199")
    );
    assert!(chosen.cookies()[0].starts_with("__Host-tarn-theme=dark;"));
    let dark = as_doctor(get("/")).insert_header((
        "cookie",
        "__Host-tarn-viewer=doctor; __Host-tarn-theme=dark",
    ));
    let body = ask(viewer(), dark).await.body;
    assert!(
        body.contains("class=\"scale-clinician\" data-theme=\"dark\">"),
        "{body}"
    );
    assert!(body.contains("value=\"dark\" aria-pressed=\"true\""));
    let odd = as_doctor(get("/")).insert_header((
        "cookie",
        "__Host-tarn-viewer=doctor; __Host-tarn-theme=\"><x",
    ));
    assert!(!ask(viewer(), odd).await.body.contains("><x"));
}

#[actix_web::test]
async fn a_note_is_escaped() {
    let answer = ask(
        viewer(),
        post("/note", "csrf=csrf-of-doctor&note=%3Cscript%3E"),
    )
    .await;
    assert!(!answer.body.contains("<script") && answer.body.contains("script"));
}

#[actix_web::test]
async fn readiness_names_what_does_not_answer() {
    struct Store(Result<(), String>);

    #[async_trait::async_trait]
    impl tarn_web::ReadyCheck for Store {
        fn name(&self) -> &'static str {
            "record store"
        }

        async fn check(&self) -> Result<(), String> {
            self.0.clone()
        }
    }

    assert_eq!(ask(viewer(), get("/healthz")).await.status, 200);
    for (state, status) in [(Ok(()), 200), (Err("no answer".to_owned()), 503)] {
        let mut web = viewer();
        web.ready.push(std::sync::Arc::new(Store(state)));
        let answer = ask(web, get("/readyz")).await;
        assert_eq!(answer.status, status);
        assert!(answer.body.contains("record store"));
        assert_eq!(answer.body.contains("no answer"), status == 503);
    }
}
