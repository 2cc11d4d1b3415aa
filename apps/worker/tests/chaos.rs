//! Workers that are killed at random, against a Google that loses and repeats responses.
//!
//! Run it with `.ci/chaos`, which installs PostgreSQL. It prints what it did.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use app_runtime::Sealer;
use dataportability_scopes::api::export::Export;
use dataportability_scopes::catalogue::{Resource, ScopeSet};
use dataportability_scopes::consent::{
    AccessType, ConsentRequest, PendingConsents, TokenClient, Tokens,
};
use dataportability_scopes::oauth2::{ClientId, ClientSecret};
use dataportability_scopes::send;
use stand_in::{Access, Audit, Config, Decision, Faults, Google, Granted, Options, Rates, Server};
use tokio::net::TcpListener;
use worker::store::Store;

const WORKERS: usize = 4;
const USERS: usize = 200;
/// One with a time filter, and two without.
const RESOURCES: [Resource; 3] =
    [Resource::MyactivitySearch, Resource::YoutubeSubscriptions, Resource::MapsReviews];
const SPEED: u32 = 600;
const LEASE: Duration = Duration::from_secs(4);
const LIMIT: Duration = Duration::from_secs(240);
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const CALLBACK: &str = "http://localhost:8080/callback";

#[tokio::test(flavor = "multi_thread")]
async fn every_export_ends_and_none_is_started_twice_while_workers_are_killed() {
    let begun = Instant::now();
    let postgres = Postgres::start();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = Server::new(
        google(&base_url),
        Options { clock: stand_in::Clock::starting_now(SPEED), ..Options::default() },
    );
    let serving = server.clone();
    tokio::spawn(async move { serving.serve(listener).await });

    let sealer = Sealer::from_hex("KEY", KEY).expect("a key");
    let mut store = Store::connect(&postgres.url, sealer).await.expect("the database");
    let clock = server.clock();
    store.prepare(clock.epoch).await.expect("tables");
    for user in 0..USERS {
        let account = account(user);
        let tokens = server
            .with(|google, _| consent(google, &account, user, clock.now()))
            .expect("the stand-in");
        let id = store.add_tokens(&account, &tokens).await.expect("a row");
        for resource in RESOURCES {
            let export = Export::new(resource, fastrand::u32(..), clock.now());
            store.add_export(id, &export, clock.now()).await.expect("a row");
        }
    }

    let archives = tempfile::tempdir().expect("a folder");
    let log = archives.path().join("log");
    let worker = |number| start_worker(&postgres.url, &base_url, archives.path(), &log, number);
    let mut workers: Vec<Worker> = (0..WORKERS).map(worker).collect();
    let (mut kills, mut busiest, mut minute) = (0, 0.0_f64, Instant::now());
    let mut ended_before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(200..1_200))).await;
        let ended = store.count_ended().await.expect("the database");
        if ended == USERS * RESOURCES.len() {
            break;
        }
        assert!(begun.elapsed() < LIMIT, "{ended} exports have ended in time");
        if minute.elapsed() > Duration::from_secs(10) {
            #[expect(clippy::cast_precision_loss, reason = "hundreds of exports")]
            let per_minute = (ended - ended_before) as f64 * 6.0 / WORKERS as f64;
            busiest = busiest.max(per_minute);
            (ended_before, minute) = (ended, Instant::now());
        }
        let victim = fastrand::usize(..WORKERS);
        // The one that it replaces is dropped, and so killed.
        workers[victim] = worker(WORKERS + kills);
        kills += 1;
    }
    drop(workers);

    let endings = store.endings().await.expect("the database");
    let audit = server.audit();
    println!("how they ended: {endings:?}");
    println!("what the stand-in counted: {:?}", audit.total);
    println!(
        "chaos: {} exports, {kills} kills, {:.0} s, at most {busiest:.0} exports a minute and worker",
        USERS * RESOURCES.len(),
        begun.elapsed().as_secs_f64(),
    );
    assert!(kills > 20, "{kills}");
    check(&audit, &endings, archives.path());
}

/// What must hold, whatever was lost and killed.
fn check(audit: &Audit, endings: &[(String, i64)], archives: &Path) {
    assert_eq!(audit.violations, []);
    for (ending, count) in endings {
        let is_expected =
            ending == "done" || ending == "given up: the archive job failed, and no retry is left";
        assert!(is_expected, "{count} × {ending}");
    }
    let done = endings.iter().find(|(ending, _)| ending == "done");
    let done = done.map_or(0, |(_, count)| usize::try_from(*count).expect("a count"));
    let files = std::fs::read_dir(archives)
        .expect("a folder")
        .filter(|entry| {
            let path = entry.as_ref().expect("an entry").path();
            path.extension().is_some_and(|it| it == "zip")
        })
        .count();
    assert!(files >= done, "{files} files of {done} exports");
    // Every job beyond the first of an export is a retry.
    let exports = u64::try_from(USERS * RESOURCES.len()).expect("a count");
    assert_eq!(audit.total.jobs - audit.total.retries, exports);
}

fn google(base_url: &str) -> Google {
    let rates = Rates {
        lost_requests: 0.03,
        lost_responses: 0.05,
        repeats: 0.03,
        server_errors: 0.03,
        too_many_requests: 0.02,
        ..Rates::default()
    };
    Google::new(Config {
        accounts: (0..USERS).map(account).collect(),
        base_url: base_url.to_owned(),
        archive_parts: 3,
        clock_speed: SPEED,
        faults: Faults {
            api: rates,
            tokens: Rates { server_errors: 0.05, ..Rates::default() },
            downloads: Rates { lost_responses: 0.05, ..Rates::default() },
            job_failure: 0.2,
            retry_after: Duration::from_secs(60),
            ..Faults::default()
        },
        seed: 7,
        ..Config::new(RESOURCES.map(Resource::name), CALLBACK)
    })
}

fn account(user: usize) -> String {
    format!("user-{user}@example.com")
}

/// Walks a user through the consent, without a browser.
fn consent(google: &mut Google, account: &str, user: usize, now: std::time::SystemTime) -> Tokens {
    let request = ConsentRequest::new(
        ClientId::new("client".into()),
        CALLBACK.parse().expect("a redirect URI"),
        ScopeSet::from_resources(&RESOURCES),
    )
    .access_type(AccessType::Offline);
    let consent = request.authorize_url(now).expect("a request").expect("a URL");
    let decision = Decision {
        account: account.to_owned(),
        granted: Granted::All,
        access: match user % 3 {
            0 => Access::OneTime,
            1 => Access::Days30,
            _ => Access::Days180,
        },
    };
    let callback = google.decide(consent.url.as_str(), &decision, now).expect("a callback");
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, now);
    let response = pending.complete_url(&callback, now).expect("an authorization response");
    let client =
        TokenClient::new(ClientId::new("client".into()), Some(ClientSecret::new("secret".into())));
    let call = client.exchange(&response, now);
    let exchanged = send(&call, |request| Ok::<_, Infallible>(google.respond(&request, now)));
    exchanged.expect("tokens").tokens
}

fn start_worker(
    database_url: &str,
    base_url: &str,
    archives: &Path,
    log: &Path,
    number: usize,
) -> Worker {
    let log = std::fs::File::create(log.with_extension(number.to_string())).expect("a log");
    let child = Command::new(env!("CARGO_BIN_EXE_worker"))
        .env("DATABASE_URL", database_url)
        .env("WORKER_KEY", KEY)
        .env("GOOGLE_CLIENT_ID", "client")
        .env("GOOGLE_CLIENT_SECRET", "secret")
        .env("TOKEN_ENDPOINT", format!("{base_url}/token"))
        .env("API_BASE_URL", base_url)
        .env("ARCHIVE_DIR", archives)
        .env("LEASE_SECONDS", LEASE.as_secs().to_string())
        .env("CLOCK_SPEED", SPEED.to_string())
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .spawn()
        .expect("a worker");
    Worker(child)
}

/// A worker, which is killed when it is dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().expect("the worker is killed");
        self.0.wait().expect("the worker has ended");
    }
}

/// A PostgreSQL of this test's own, which ends with it.
struct Postgres {
    server: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Postgres {
    fn start() -> Postgres {
        let programs = std::env::var_os("POSTGRES_BIN")
            .map(PathBuf::from)
            .expect("POSTGRES_BIN is the folder of the programs initdb and postgres");
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        // It refuses to run as root.
        let as_user = |program: &str| {
            let is_root = Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
            let mut command = Command::new(if is_root { "runuser" } else { "env" });
            if is_root {
                command.args(["-u", "postgres", "--"]);
            }
            command.arg(programs.join(program)).current_dir("/");
            (command, is_root)
        };
        let (mut initdb, is_root) = as_user("initdb");
        if is_root {
            let owned = Command::new("chown")
                .args(["-R", "postgres"])
                .arg(folder.path())
                .status()
                .expect("chown");
            assert!(owned.success());
        }
        let created = initdb
            .args(["--auth=trust", "--username=worker", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .expect("initdb");
        assert!(created.success());
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let (mut postgres, _) = as_user("postgres");
        let server = postgres
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres");
        let url = format!("postgresql://worker@127.0.0.1:{port}/postgres");
        let (mut is_ready, _) = as_user("pg_isready");
        is_ready.args(["-q", "-d", &url]);
        let begun = Instant::now();
        while !is_ready.status().expect("pg_isready").success() {
            assert!(begun.elapsed() < Duration::from_secs(30), "postgres starts");
        }
        Postgres { server, url, _folder: folder }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // `runuser` passes the signal on, and PostgreSQL then stops.
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}
