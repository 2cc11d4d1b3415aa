//! What the tests run workers in: a database of their own, and a simulated Google.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use app_runtime::Sealer;
use dataportability_scopes::api::export::{Exports, Progress};
use dataportability_scopes::call::{Endpoints, send};
use dataportability_scopes::catalogue::{Resource, Revision, Scopes};
use dataportability_scopes::consent::{OAuthClient, PendingConsents, Tokens};
use serde_json::Value;
use stand_in::{Access, Clock, Config, Decision, Finding, Google, Granted, Options, Rule, Server};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_postgres::types::Json;
use tokio_postgres::{Client, NoTls};
use worker::store::Store;
use worker::work::file_path;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const CALLBACK: &str = "http://localhost:8080/callback";
/// No test takes as long, however busy the machine is.
pub(crate) const LIMIT: Duration = Duration::from_secs(900);

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) store: Store,
    pub(crate) database: Client,
    pub(crate) folder: TempDir,
    pub(crate) lease: u64,
    pub(crate) database_name: String,
    database_url: String,
    base_url: String,
    workers: usize,
    clock_was_behind: bool,
}

/// A row, as an operator sees it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) user: String,
    pub(crate) state: String,
    pub(crate) why: String,
    pub(crate) exports: Value,
}

impl World {
    /// Starts a Google whose clock runs `speed` times as fast, and is far enough ahead to be set
    /// back by a week.
    pub(crate) async fn new(speed: u32, change: impl FnOnce(&mut Config)) -> World {
        let postgres = std::env::var("POSTGRES");
        let postgres = postgres.expect("POSTGRES says how to connect to the server of .ci/chaos");
        let database_name = format!("chaos_{}", fastrand::u64(..));
        let postgres_itself = connect(&format!("{postgres} dbname=postgres")).await;
        let create = format!("CREATE DATABASE {database_name}");
        postgres_itself.batch_execute(&create).await.expect("a database");
        let database_url = format!("{postgres} dbname={database_name}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let groups = Revision::NEWEST.scopes().iter().map(|scope| scope.resource().name());
        let mut config = Config {
            accounts: (0..1000).map(account).collect(),
            base_url: base_url.clone(),
            clock_speed: speed,
            seed: fastrand::u64(..),
            ..Config::new(groups, CALLBACK)
        };
        change(&mut config);
        let mut clock = Clock::starting_now(speed);
        clock.epoch -= 8 * 24 * 60 * 60 / u64::from(speed);
        println!("seed {}", config.seed);
        let server = Server::new(Google::new(config), Options { clock, state_file: None });
        let serving = server.clone();
        tokio::spawn(async move { serving.serve(listener).await });
        let sealer = Sealer::from_hex("KEY", KEY).expect("a key");
        let store = Store::open(&database_url, 8, sealer).await.expect("a store");
        World {
            server,
            store,
            database: connect(&database_url).await,
            folder: tempfile::tempdir().expect("a folder"),
            lease: 2,
            database_name,
            database_url,
            base_url,
            workers: 0,
            clock_was_behind: false,
        }
    }

    /// Walks a user through the consent, without a browser.
    pub(crate) fn consent(&self, user: usize, resources: &[Resource]) -> Tokens {
        let endpoints = Endpoints::at(&self.base_url.parse().expect("an address"));
        let client = OAuthClient::new("client", CALLBACK.parse().expect("a redirect URI"))
            .client_secret("secret")
            .endpoints(endpoints);
        let request = client.consent(resources.iter().copied().collect::<Scopes>());
        let decision = Decision {
            account: account(user),
            granted: Granted::All,
            access: [Access::OneTime, Access::Days30, Access::Days180][user % 3],
        };
        self.at_google(|google, now| {
            let consent = request.authorize_url(now).expect("a request").expect("a URL");
            let callback = google.decide(consent.url.as_str(), &decision, now);
            let mut pending = PendingConsents::default();
            pending.insert(consent.pending, now);
            let response = pending.complete_url(&callback.expect("a callback"), now);
            let call = client.exchange(&response.expect("a response"), now);
            let http = |request| Ok::<_, Infallible>(google.respond(&request, now));
            send(&call, http).expect("tokens").tokens
        })
    }

    /// Adds these users, each of whom exports these resources.
    pub(crate) async fn add(&self, users: std::ops::Range<usize>, resources: &[Resource]) {
        for user in users {
            let tokens = self.consent(user, resources);
            let exports = Exports::new(&tokens.grant, self.server.clock().now());
            self.store.add(&account(user), &tokens, &exports).await.expect("a row");
        }
    }

    /// Reads or changes the simulated Google.
    pub(crate) fn at_google<T>(&self, change: impl FnOnce(&mut Google, SystemTime) -> T) -> T {
        self.server.with(change).expect("the stand-in")
    }

    pub(crate) fn start_worker(&mut self) -> Worker {
        self.start_worker_as(&[], Duration::ZERO)
    }

    /// Starts a worker, below another program if one is given, with a clock that is `behind`.
    pub(crate) fn start_worker_as(&mut self, below: &[&str], behind: Duration) -> Worker {
        self.workers += 1;
        self.clock_was_behind |= !behind.is_zero();
        let log = self.folder.path().join(format!("{}.log", self.workers));
        let log = File::create(log).expect("a log");
        let program = env!("CARGO_BIN_EXE_worker");
        let mut command = Command::new(below.first().unwrap_or(&program));
        if let Some((_, rest)) = below.split_first() {
            command.args(rest).arg(program);
        }
        let clock = self.server.clock();
        let behind = behind.as_secs().div_ceil(u64::from(clock.speed.max(2) - 1));
        let at = |path: &str| format!("{}{path}", self.base_url);
        let child = command
            .env("DATABASE_URL", &self.database_url)
            .env("WORKER_KEY", KEY)
            .env("GOOGLE_CLIENT_ID", "client")
            .env("GOOGLE_CLIENT_SECRET", "secret")
            .env("AUTHORIZATION_ENDPOINT", at("/o/oauth2/v2/auth"))
            .env("TOKEN_ENDPOINT", at("/token"))
            .env("REVOCATION_ENDPOINT", at("/revoke"))
            .env("TOKEN_INFO_ENDPOINT", at("/tokeninfo"))
            .env("API_BASE_URL", at(""))
            .env("ARCHIVE_DIR", self.archives())
            .env("LEASE_SECONDS", self.lease.to_string())
            .env("CLOCK_SPEED", clock.speed.to_string())
            .env("CLOCK_EPOCH", (clock.epoch + behind).to_string())
            .stderr(if below.is_empty() { log.into() } else { Stdio::null() })
            .spawn()
            .expect("a worker");
        Worker(child)
    }

    pub(crate) fn archives(&self) -> PathBuf {
        self.folder.path().join("archives")
    }

    /// Counts the files of the archives, with this ending.
    pub(crate) fn count_files(&self, ending: &str) -> usize {
        let folder = std::fs::read_dir(self.archives()).expect("a folder");
        let paths = folder.map(|file| file.expect("a file").path());
        paths.filter(|path| path.extension() == Some(ending.as_ref())).count()
    }

    pub(crate) async fn rows(&self) -> Vec<Row> {
        let select = "SELECT id, user_id, state, why, exports FROM people ORDER BY id";
        let rows = self.database.query(select, &[]).await.expect("the rows");
        let read = |row: &tokio_postgres::Row| {
            let Json(exports) = row.get(4);
            Row { id: row.get(0), user: row.get(1), state: row.get(2), why: row.get(3), exports }
        };
        rows.iter().map(read).collect()
    }

    /// Looks at the rows until they are as expected.
    pub(crate) async fn until(&self, what: &str, is_met: impl Fn(&[Row]) -> bool) {
        let begun = Instant::now();
        loop {
            let rows = self.rows().await;
            if is_met(&rows) {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "not {what}: {rows:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until all exports of all rows have ended.
    pub(crate) async fn until_done(&self) {
        self.until("done", |rows| rows.iter().all(|row| row.state == "done")).await;
    }

    /// Returns all that the workers have said so far.
    pub(crate) fn logs(&self) -> String {
        let log = |number| self.folder.path().join(format!("{number}.log"));
        let logs = (1..=self.workers).map(|it| std::fs::read_to_string(log(it)).expect("a log"));
        logs.collect()
    }

    /// Checks what must hold whatever happens, and returns how many exports ended in each way.
    pub(crate) async fn check(&self) -> Vec<(String, usize)> {
        let audit = self.server.audit();
        let counts = &audit.total;
        println!("the stand-in counted {counts:?}");
        // A worker whose clock is behind learns from a refusal that links have expired.
        let is_broken = |it: &&Finding| it.rule != Rule::ExpiredUrl || !self.clock_was_behind;
        let broken: Vec<_> = audit.violations.iter().filter(is_broken).collect();
        assert!(broken.is_empty(), "{broken:?}");
        let (mut endings, mut jobs, mut files) = (BTreeMap::new(), 0, 0);
        for row in self.rows().await {
            let exports: Exports = serde_json::from_value(row.exports).expect("exports");
            for export in exports.iter() {
                let groups: BTreeSet<&str> = export.resources().names().collect();
                let ending = match (export.given_up(), export.progress()) {
                    (Some(reason), _) => format!("{reason:?}"),
                    (None, Progress::GivenUp) => "UsedUp".to_owned(),
                    (None, progress) => format!("{progress:?}"),
                };
                jobs += u64::from(export.job().is_some());
                if export.progress() == Progress::Downloaded {
                    let job = export.job().expect("a job");
                    let file = |number| file_path(&self.archives(), row.id, job, number);
                    files += check_archive(file, &groups);
                }
                *endings.entry(ending).or_default() += 1;
            }
        }
        // Every job beyond the first of an export is a retry, unless the answer that named it was
        // lost: in doubt whose job it is, an export is started anew a day later.
        let started = counts.jobs - counts.retries;
        if started != jobs {
            let anew = started.checked_sub(jobs).expect("a job for each export");
            endings.insert("started anew".to_owned(), usize::try_from(anew).expect("a count"));
        }
        // No file is there that is not whole. A worker that was killed leaves parts.
        assert_eq!(self.count_files("zip"), files);
        println!("how they ended: {endings:?}");
        endings.into_iter().collect()
    }
}

/// Checks that an archive is whole and of these groups, by its index. Returns its number of files.
fn check_archive(file: impl Fn(u32) -> PathBuf, groups: &BTreeSet<&str>) -> usize {
    let open = |number| {
        let file = File::open(file(number)).ok()?;
        Some(zip::ZipArchive::new(file).expect("a whole archive"))
    };
    let mut index = open(1).expect("the first file");
    let index = index.by_name("Portability/archive_browser.json");
    let index: Value = serde_json::from_reader(index.expect("an index")).expect("JSON");
    let (mut expected, mut found) = (BTreeSet::new(), BTreeSet::new());
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    for service in list(&index["serviceStatus"]) {
        for file in list(&service["extractedFile"]) {
            let folder = text(&service["folderName"]);
            expected.insert(format!("Portability/{folder}/{}", text(&file["name"])));
            found.insert(text(&file["resourceGroup"]));
        }
    }
    assert!(found.iter().eq(groups), "{found:?} in place of {groups:?}");
    let parts: Vec<_> = (2..).map_while(open).collect();
    let names = parts.iter().flat_map(zip::ZipArchive::file_names);
    assert_eq!(names.map(str::to_owned).collect::<BTreeSet<_>>(), expected);
    parts.len() + 1
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database");
    tokio::spawn(connection);
    client
}

pub(crate) fn account(user: usize) -> String {
    format!("user-{user}@example.com")
}

/// A worker, which is killed when it is dropped.
pub(crate) struct Worker(Child);

impl Worker {
    /// Tells it to stop, and checks that it does.
    pub(crate) fn stop(mut self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(told.expect("kill").success());
        assert!(self.0.wait().expect("an end").success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
