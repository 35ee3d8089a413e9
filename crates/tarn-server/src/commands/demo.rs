//! `tarn demo`: a whole synthetic locality on this machine, on loopback only.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context as _;
use tarn_model::{Clock as _, Realm};
use tarn_synth::Locality;

use crate::cli::DemoArgs;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::locality::Made;
use crate::stores::{StoreAddresses, Stores};
use crate::{locality, part_fhir, part_web, parts, signin, telemetry};

/// Ports above the base: the viewer is at the base itself.
const PORTAL: u16 = 1;

pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let mut config = crate::configure(&args.place)?;
    let addresses = Addresses::from_base(args.port_base);
    addresses.put_into(&mut config);
    let telemetry = telemetry::start(&config)?;

    let viewer = parts::listen("viewer", addresses.viewer)?;
    let portal = parts::listen("portal", addresses.portal)?;
    let fhir = parts::listen("FHIR interface", addresses.fhir)?;
    let sign_in = parts::listen("sign-in", addresses.sign_in)?;

    // Before any data is made: without an agreement in force none of it could be shown.
    let policy = parts::compile(&locality::agreement_text(
        config.governance.agreement.as_deref(),
    )?)?;

    let stores = Stores::open(&config).await?;
    stores.migrate().await?;
    let locality = tarn_synth::locality(&tarn_synth::Options {
        seed: args.seed,
        people: args.people,
        now: SystemClock.now(),
    });
    println!("data: {}", StoreAddresses::new(&config).shown());
    let made = locality::ensure(&stores, &locality).await?;
    report(&stores, &locality, made).await?;

    let systems = signin::systems::register(&config.storage.data, &locality)?;
    config.access_tokens.system_clients = Some(systems.list);

    let door = parts::door(&config, &stores, policy).await?;
    if made == Made::Now {
        locality::look_in_an_emergency(&stores, &door, &locality).await?;
    }
    let clients = addresses.clients();
    let provider = signin::Provider::new(addresses.sign_in, &locality, clients, systems.clients)?;
    let running = vec![
        parts::serve_sign_in(sign_in, &config, provider)?,
        parts::serve_viewer(
            viewer,
            &config,
            part_web::web(&config, &stores, Realm::Staff)?,
            std::sync::Arc::clone(&door),
        )?,
        parts::serve_portal(
            portal,
            &config,
            part_web::web(&config, &stores, Realm::Citizen)?,
            std::sync::Arc::clone(&door),
        )?,
        parts::serve_fhir(fhir, &config, part_fhir::api(&config, &stores, door)?)?,
    ];
    // By its folder, if one was named, `tarn token` finds the demo; else by its first port.
    let own_folder = config.storage.database.is_none() || args.place.data.is_some();
    let announced = own_folder
        .then(|| signin::whereabouts_from_base(args.port_base).announce(&config.storage.data))
        .transpose()?;
    let feeds = tokio::spawn(locality::keep_feeds_alive(
        stores,
        locality.organisations.clone(),
    ));
    print_personas(&locality);
    println!(
        "ready viewer=http://{} portal=http://{} signin=http://{} fhir={}",
        addresses.viewer, addresses.portal, addresses.sign_in, addresses.api
    );
    parts::until_stopped(running).await?;
    drop(announced);
    feeds.abort();
    telemetry.shut_down();
    Ok(ExitCode::SUCCESS)
}

/// Where the demo's parts listen.
struct Addresses {
    viewer: SocketAddr,
    portal: SocketAddr,
    sign_in: SocketAddr,
    fhir: SocketAddr,
    api: String,
}

impl Addresses {
    fn from_base(base: u16) -> Self {
        let at = |above: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, base.saturating_add(above)));
        Self {
            viewer: at(0),
            portal: at(PORTAL),
            sign_in: at(signin::PORT),
            fhir: at(signin::API_PORT),
            api: signin::whereabouts_from_base(base).api,
        }
    }

    /// The demo's own provider stands in for both of the locality's.
    fn put_into(&self, config: &mut Config) {
        config.listen.viewer = self.viewer;
        config.listen.portal = self.portal;
        config.listen.fhir = self.fhir;
        config.listen.fhir_url = None;
        config.staff_sign_in.issuer = Some(signin::issuer(self.sign_in, Realm::Staff));
        config.staff_sign_in.client_id = Some(signin::CLIENT_ID.to_owned());
        config.citizen_sign_in.issuer = Some(signin::issuer(self.sign_in, Realm::Citizen));
        config.citizen_sign_in.client_id = Some(signin::CLIENT_ID.to_owned());
        let staff = signin::issuer(self.sign_in, Realm::Staff);
        config.fhir.authorize_url = Some(format!("{staff}/authorize"));
        config.fhir.token_url = Some(format!("{staff}/token"));
        config.fhir.jwks_url = Some(format!("{staff}/jwks"));
    }

    fn clients(&self) -> signin::Clients {
        signin::Clients {
            staff: format!("http://{}", self.viewer),
            citizen: format!("http://{}", self.portal),
            api: self.api.clone(),
        }
    }
}

async fn report(stores: &Stores, locality: &Locality, made: Made) -> anyhow::Result<()> {
    let counts = stores
        .record
        .counts()
        .await
        .context("the record can't be counted")?;
    let how = match made {
        Made::Now => "made",
        Made::Before => "reusing the data that is there:",
    };
    println!(
        "{how} {}: {} people, {} resources from {} organisations",
        locality.name,
        counts.people,
        counts.resources,
        locality.organisations.iter().filter(|o| o.sends()).count(),
    );
    Ok(())
}

fn print_personas(locality: &Locality) {
    println!("\nSign in as staff (viewer):");
    for persona in &locality.staff {
        println!(
            "  {:<24} {:<26} {}",
            persona.short_name, persona.display_name, persona.says
        );
    }
    println!("\nSign in as a person (portal):");
    for persona in &locality.citizens {
        println!(
            "  {:<24} {:<26} {}  {}",
            persona.short_name,
            persona.display_name,
            persona.nhs_number.grouped(),
            persona.story
        );
    }
    let sending = locality.organisations.iter().filter(|of| of.sends());
    let codes: Vec<&str> = sending.map(|of| of.ods.as_str()).collect();
    println!("\nTokens of an organisation’s own system (tarn token --system CODE):");
    println!("  {}", codes.join(" "));
    println!("\nEverybody here is invented.\n");
}
