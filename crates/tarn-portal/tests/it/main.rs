//! Who is let into the portal's pages.

use actix_web::middleware::from_fn;
use actix_web::{App, test, web};
use tarn_model::Realm;
use tarn_web::testing::{OpenDesk, citizen, doctor};

/// The door is not even built here: a page that asked for it before it knew the person would
/// answer 500.
#[actix_web::test]
async fn nobody_gets_in_without_a_citizens_session() {
    let desk = OpenDesk::new()
        .with("doctor", doctor())
        .with("citizen", citizen());
    let web = tarn_web::testing::web(Realm::Citizen, desk).unwrap();
    let app = test::init_service(
        App::new()
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web::Data::new(web))
            .configure(tarn_portal::configure)
            .configure(tarn_web::configure),
    )
    .await;
    for (method, pattern) in tarn_portal::ROUTES {
        let path = pattern.replace("{type}", "Binary").replace("{id}", "1");
        for cookie in [
            "",
            "__Host-tarn-portal=doctor",
            "__Host-tarn-viewer=citizen",
            "__Host-tarn-portal=x",
        ] {
            let request = match *method {
                "POST" => test::TestRequest::post().set_payload("share=no"),
                _ => test::TestRequest::get(),
            };
            let request = request
                .uri(&path)
                .insert_header(("sec-fetch-site", "same-origin"))
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
                .insert_header(("cookie", cookie));
            let reply = test::call_service(&app, request.to_request()).await;
            assert_eq!(
                reply.status().as_u16(),
                303,
                "{method} {path} with {cookie:?}"
            );
            let to = reply.headers().get("location").unwrap().to_str().unwrap();
            assert!(to.starts_with("/sign-in?to=/"), "{to}");
        }
    }
}

#[actix_web::test]
async fn a_choice_is_not_taken_without_the_sessions_secret() {
    let desk = OpenDesk::new().with("citizen", citizen());
    let web = tarn_web::testing::web(Realm::Citizen, desk).unwrap();
    let app = test::init_service(
        App::new()
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web::Data::new(web))
            .configure(tarn_portal::configure),
    )
    .await;
    for (site, body) in [
        ("same-origin", "share=no&csrf=wrong"),
        ("same-origin", "share=no"),
        ("cross-site", "share=no&csrf=csrf-of-citizen"),
    ] {
        let request = test::TestRequest::post()
            .uri("/choices/confirm")
            .insert_header(("sec-fetch-site", site))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header(("cookie", "__Host-tarn-portal=citizen"))
            .set_payload(body)
            .to_request();
        assert_eq!(
            test::call_service(&app, request).await.status().as_u16(),
            403,
            "{site} {body}"
        );
    }
}
