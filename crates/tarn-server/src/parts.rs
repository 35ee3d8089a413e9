//! The parts of the running system: each an HTTP server of its own, on an address of its own.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::Context as _;
use tarn_access::{Door, DoorParts};
use tarn_governance::Policy;
use tarn_record::StoredRecords;
use tarn_web::Web;

use crate::clock::{SystemClock, SystemEntropy};
use crate::config::Config;
use crate::slow_bodies::{self, Patience};
use crate::stores::Stores;

/// Takes the address before anything else is done, so that a busy port is the first thing said.
pub(crate) fn listen(part: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            anyhow::anyhow!(
                "the {part} can't start, because port {} is in use",
                address.port()
            )
        } else {
            anyhow::Error::new(error).context(format!("the {part} can't listen on {address}"))
        }
    })
}

/// Compiles the agreement; a faulty one stops the start, since without a rule nothing may be
/// shown.
pub(crate) fn compile(text: &str) -> anyhow::Result<Arc<Policy>> {
    tarn_governance::compile(text)
        .map(Arc::new)
        .map_err(|problems| anyhow::anyhow!("the agreement can't be put in force: {problems}"))
}

/// The door over the open stores.
pub(crate) async fn door(
    config: &Config,
    stores: &Stores,
    policy: Arc<Policy>,
) -> anyhow::Result<Arc<Door>> {
    let stored = StoredRecords::open(Arc::clone(&stores.record), Arc::new(SystemClock))
        .await
        .context("the register of sources can't be read")?;
    Ok(Arc::new(Door::new(DoorParts {
        record: Arc::clone(&stores.record),
        sources: vec![Arc::new(stored)],
        consent: Arc::clone(&stores.consent),
        audit: Arc::clone(&stores.audit),
        policy,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        deadline: Duration::from_millis(u64::from(config.sources.deadline_ms)),
        runtime: tokio::runtime::Handle::current(),
    })))
}

// A macro and not a function: the type of an application can't be written down.
macro_rules! tuned {
    ($server:expr, $config:expr) => {{
        let server = $server
            .disable_signals()
            .client_request_timeout(Patience::of($config).pause())
            .shutdown_timeout(u64::from($config.listen.stop_seconds));
        match usize::try_from($config.listen.workers) {
            Ok(workers) if workers > 0 => server.workers(workers),
            _ => server,
        }
    }};
}

/// A part that is being served.
pub(crate) struct Running {
    name: &'static str,
    server: Server,
}

/// Serves the clinicians' pages.
pub(crate) fn serve_viewer(
    listener: TcpListener,
    config: &Config,
    web: Web,
    door: Arc<Door>,
) -> anyhow::Result<Running> {
    let (web, door) = (Data::new(web), Data::new(door));
    let patience = Patience::of(config);
    let server = HttpServer::new(move || {
        let cut_off = move |request, next| slow_bodies::cut_off(request, next, patience);
        App::new()
            .wrap(from_fn(cut_off))
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web.clone())
            .app_data(door.clone())
            .configure(tarn_viewer::configure)
            .configure(tarn_web::configure)
    });
    Ok(Running {
        name: "viewer",
        server: tuned!(server, config).listen(listener)?.run(),
    })
}

/// Serves people's own pages.
pub(crate) fn serve_portal(
    listener: TcpListener,
    config: &Config,
    web: Web,
    door: Arc<Door>,
) -> anyhow::Result<Running> {
    let (web, door) = (Data::new(web), Data::new(door));
    let patience = Patience::of(config);
    let server = HttpServer::new(move || {
        let cut_off = move |request, next| slow_bodies::cut_off(request, next, patience);
        App::new()
            .wrap(from_fn(cut_off))
            .wrap(from_fn(tarn_web::every_request))
            .app_data(web.clone())
            .app_data(door.clone())
            .configure(tarn_portal::configure)
            .configure(tarn_web::configure)
    });
    Ok(Running {
        name: "portal",
        server: tuned!(server, config).listen(listener)?.run(),
    })
}

/// Serves the FHIR interface.
pub(crate) fn serve_fhir(
    listener: TcpListener,
    config: &Config,
    api: tarn_fhir::Api,
) -> anyhow::Result<Running> {
    let api = Data::new(api);
    let patience = Patience::of(config);
    let server = HttpServer::new(move || {
        let cut_off = move |request, next| slow_bodies::cut_off(request, next, patience);
        App::new()
            .wrap(from_fn(cut_off))
            .wrap(from_fn(tarn_fhir::every_request))
            .app_data(api.clone())
            .configure(tarn_fhir::configure)
    });
    Ok(Running {
        name: "FHIR interface",
        server: tuned!(server, config).listen(listener)?.run(),
    })
}

/// Serves the demo's sign-in pages.
pub(crate) fn serve_sign_in(
    listener: TcpListener,
    config: &Config,
    provider: crate::signin::Provider,
) -> anyhow::Result<Running> {
    let web = Data::new(provider.web(listener.local_addr()?, &config.locality.name)?);
    let provider = Data::new(provider);
    let patience = Patience::of(config);
    let server = HttpServer::new(move || {
        let cut_off = move |request, next| slow_bodies::cut_off(request, next, patience);
        App::new()
            .wrap(from_fn(cut_off))
            .app_data(web.clone())
            .app_data(provider.clone())
            .configure(crate::signin::configure)
    });
    Ok(Running {
        name: "sign-in",
        server: tuned!(server, config).listen(listener)?.run(),
    })
}

/// Runs the parts until one fails or the process is told to stop; then lets running requests
/// finish.
pub(crate) async fn until_stopped(running: Vec<Running>) -> anyhow::Result<()> {
    let handles: Vec<_> = running.iter().map(|part| part.server.handle()).collect();
    let parts = running.into_iter().map(|part| async move {
        part.server
            .await
            .with_context(|| format!("the {} stopped", part.name))
    });
    let serving = futures_util::future::try_join_all(parts);
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended.map(|_| ()),
        () = stop_signal() => {}
    }
    say("stopping: letting running requests finish");
    let stops = handles.iter().map(|handle| handle.stop(true));
    let _ = tokio::join!(futures_util::future::join_all(stops), serving);
    say("stopped");
    Ok(())
}

/// Whoever started the demo may no longer be reading; that is no reason to stop badly.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
