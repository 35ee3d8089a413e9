//! Signing in and out, and who gets in where.

use crate::support::{as_doctor, ask, ask_in_turn, get, portal, post, viewer};

#[actix_web::test]
async fn without_a_session_the_browser_is_sent_to_sign_in() {
    let answer = ask(viewer(), get("/people/0199")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/sign-in?to=/people/0199")
    );
    assert_eq!(answer.body, "");
    let answer = ask(viewer(), get("//evil.example/x")).await;
    assert_eq!(answer.status, 404, "no page, no way to be sent elsewhere");
    let unknown = get("/").insert_header(("cookie", "__Host-tarn-viewer=nobody"));
    assert_eq!(ask(viewer(), unknown).await.status, 303);
}

#[actix_web::test]
async fn a_session_opens_its_own_realm_only() {
    assert_eq!(ask(viewer(), as_doctor(get("/"))).await.status, 200);
    // The citizen's token in the staff part's cookie, and the other way round.
    let wrong = get("/").insert_header(("cookie", "__Host-tarn-viewer=citizen"));
    assert_eq!(ask(viewer(), wrong).await.status, 303);
    let wrong = get("/mine").insert_header(("cookie", "__Host-tarn-portal=doctor"));
    assert_eq!(ask(portal(), wrong).await.status, 303);
    // The right token in the other part's cookie: browsers send cookies to every port.
    let wrong = get("/mine").insert_header(("cookie", "__Host-tarn-viewer=citizen"));
    assert_eq!(ask(portal(), wrong).await.status, 303);
    // A staff session on a page that asks for a citizen's.
    assert_eq!(ask(viewer(), as_doctor(get("/mine"))).await.status, 303);
    let right = get("/mine").insert_header(("cookie", "__Host-tarn-portal=citizen"));
    assert_eq!(ask(portal(), right).await.status, 200);
}

#[actix_web::test]
async fn signing_in_comes_back_to_where_one_was_going() {
    let requests = vec![
        get("/sign-in?to=/people/0199"),
        get("/signed-in?code=doctor&state=attempt-0")
            .insert_header(("cookie", "__Host-tarn-viewer-attempt=attempt-0")),
        get("/signed-in?code=doctor&state=attempt-0")
            .insert_header(("cookie", "__Host-tarn-viewer-attempt=attempt-0")),
    ];
    let answers = ask_in_turn(viewer(), requests).await;
    assert_eq!(
        answers[0].header("location"),
        "http://127.0.0.1:8089/authorize?state=attempt-0"
    );
    let attempt = &answers[0].cookies()[0];
    for word in [
        "__Host-tarn-viewer-attempt=attempt-0",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
        "Path=/",
    ] {
        assert!(attempt.contains(word), "{attempt}");
    }
    assert!(!attempt.contains("Domain"));
    assert_eq!(
        (answers[1].status, answers[1].header("location")),
        (303, "/people/0199")
    );
    let cookies = answers[1].cookies();
    assert!(
        cookies
            .iter()
            .any(|c| c.starts_with("__Host-tarn-viewer=doctor;") && c.contains("HttpOnly"))
    );
    assert!(
        cookies
            .iter()
            .any(|c| c.starts_with("__Host-tarn-viewer-attempt=;") && c.contains("Max-Age=0"))
    );
    assert_eq!(answers[2].status, 422, "an attempt works once");
}

#[actix_web::test]
async fn a_callback_without_the_browsers_own_attempt_is_refused() {
    let requests = vec![
        get("/sign-in?to=/"),
        get("/signed-in?code=doctor&state=attempt-0"),
        get("/signed-in?code=doctor&state=other")
            .insert_header(("cookie", "__Host-tarn-viewer-attempt=attempt-0")),
    ];
    let answers = ask_in_turn(viewer(), requests).await;
    for answer in &answers[1..] {
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("You’re not signed in") && answer.cookies().is_empty());
    }
}

#[actix_web::test]
async fn sign_in_leads_to_own_paths_only() {
    for bad in [
        "//evil.example",
        "/%5Cevil.example",
        "https%3A%2F%2Fevil.example",
        "/%09/evil",
    ] {
        let requests = vec![
            get(&format!("/sign-in?to={bad}")),
            get("/signed-in?code=doctor&state=attempt-0")
                .insert_header(("cookie", "__Host-tarn-viewer-attempt=attempt-0")),
        ];
        let answers = ask_in_turn(viewer(), requests).await;
        assert_eq!(answers[1].header("location"), "/", "{bad}");
        let theme = post("/theme", &format!("theme=dark&to={bad}"));
        assert_eq!(ask(viewer(), theme).await.header("location"), "/", "{bad}");
    }
}

#[actix_web::test]
async fn signing_out_ends_the_session_here_and_there() {
    let requests = vec![
        post("/sign-out", "csrf=wrong"),
        as_doctor(get("/")),
        post("/sign-out", "csrf=csrf-of-doctor"),
        as_doctor(get("/")),
    ];
    let answers = ask_in_turn(viewer(), requests).await;
    assert_eq!(
        (answers[0].status, answers[1].status),
        (403, 200),
        "no secret, nothing ends"
    );
    let out = &answers[2];
    assert_eq!(out.header("location"), "http://127.0.0.1:8089/end_session");
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(out.cookies()[0].starts_with("__Host-tarn-viewer=;"));
    assert_eq!(answers[3].status, 303);
    let get_does_nothing = ask(viewer(), as_doctor(get("/sign-out"))).await;
    assert_eq!(get_does_nothing.status, 404);
}

#[actix_web::test]
async fn switching_user_leaves_no_patient_behind() {
    let requests = vec![
        as_doctor(get("/people/0199")),
        post("/switch-user", "csrf=csrf-of-doctor"),
        as_doctor(get("/people/0199")),
        get("/signed-in?code=doctor&state=attempt-0")
            .insert_header(("cookie", "__Host-tarn-viewer-attempt=attempt-0")),
    ];
    let answers = ask_in_turn(viewer(), requests).await;
    let switch = &answers[1];
    assert_eq!(
        switch.header("location"),
        "http://127.0.0.1:8089/authorize?state=attempt-0&prompt=login"
    );
    assert_eq!(switch.header("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!(answers[2].status, 303, "the old session is gone");
    assert_ne!(answers[3].header("location"), "/people/0199");
}
