//! The loop of the documentation that runs all exports of a person, and its page with links,
//! against the simulated Google while calls, answers, jobs and downloads fail.
#![allow(missing_docs, reason = "tests are documented by their names")]

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::SignedUrl;
use dataportability_scopes::api::export::{Archive, Export, Exports, GiveUpReason, Progress, Step};
use dataportability_scopes::consent::{OAuthClient, PendingConsents, Tokens};
use dataportability_scopes::http::{Request, Response};
use dataportability_scopes::{Endpoints, Resource, Scopes, send};
use stand_in::{
    Access, Config, DailyLimit, Decision, Faults, Google, Granted, Metadata, Premises, Rates,
    RetryTime,
};

include!("../src/export_loop.rs");
include!("../src/export_page.rs");

type Error = Box<dyn std::error::Error + Send + Sync>;

const CALLBACK: &str = "https://app.example.com/callback";

/// The user's HTTP client, database and clock.
struct App {
    google: OAuthClient,
    server: Google,
    now: SystemTime,
    stored: String,
    indexes: Vec<String>,
}

impl App {
    fn new(premises: Premises, seed: u64) -> App {
        let mut config = Config::new(WANTED.map(Resource::name), CALLBACK);
        config.seed = seed;
        // What 429 was answered for nothing may have been the first to tell of a limit per client,
        // and the audit counts how often it is told.
        let is_per_client = premises.daily_limit == DailyLimit::PerClient;
        let rates = Rates {
            too_many_requests: if is_per_client { 0.0 } else { 0.1 },
            lost_requests: 0.1,
            lost_responses: 0.1,
            repeats: 0.1,
            server_errors: 0.1,
            odd_answers: 0.1,
            ..Rates::default()
        };
        config.faults = Faults {
            api: rates,
            downloads: rates,
            tokens: Rates { server_errors: 0.2, ..Rates::default() },
            job_failure: 0.3,
            unknown_states: 0.1,
            retry_after: Duration::from_secs(180),
            ..Faults::default()
        };
        config.premises = premises;
        config.files_after = Duration::from_secs(600);
        let google = OAuthClient::new("client", CALLBACK.parse().unwrap()).client_secret("secret");
        App {
            google: google.endpoints(Endpoints::at(&config.base_url.parse().unwrap())),
            server: Google::new(config),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_785_542_400),
            stored: String::new(),
            indexes: Vec::new(),
        }
    }

    fn now(&self) -> SystemTime {
        self.now
    }

    fn sleep_until(&mut self, time: SystemTime) {
        assert!(time > self.now, "a wait ends in the future");
        self.now = time;
    }

    fn store(&mut self, exports: &Exports, _: &Tokens) -> Result<(), Error> {
        self.stored = serde_json::to_string(exports)?;
        Ok(())
    }

    #[allow(clippy::needless_pass_by_value, reason = "as an HTTP client takes it")]
    fn http(&mut self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        let response = self.server.send(&request, self.now);
        response.ok_or_else(|| "the response is lost".into())
    }

    fn download(&mut self, archive: &Archive) -> Result<(), Error> {
        let mut files = Vec::new();
        for url in &archive.files {
            let file = self.http(Request::get(url.as_str()).body(Vec::new())?)?;
            if !file.body().starts_with(b"PK") {
                return Err("no file".into());
            }
            files.push(String::from_utf8_lossy(file.body()).into_owned());
        }
        self.indexes.push(files.swap_remove(0));
        Ok(())
    }

    /// Lets a user agree to everything.
    fn consent(&mut self, scopes: &Scopes) -> Tokens {
        let request = self.google.consent(scopes).authorize_url(self.now);
        let consent = request.unwrap().unwrap();
        let mut pending = PendingConsents::default();
        pending.insert(consent.pending, self.now);
        let account = "ada@example.com".to_owned();
        let decision = Decision { account, granted: Granted::All, access: Access::Days30 };
        let url = consent.url.as_str();
        let callback = self.server.decide(url, &decision, self.now).unwrap();
        let response = pending.complete_url(&callback, self.now).unwrap();
        let exchange = self.google.exchange(&response, self.now);
        let respond = |request| Ok::<_, Error>(self.server.respond(&request, self.now));
        send(&exchange, respond).unwrap().tokens
    }
}

const WANTED: [Resource; 4] = [
    Resource::YoutubeComments,
    Resource::ChromeHistory,
    Resource::MapsReviews,
    Resource::MyactivitySearch,
];

/// All that is reported of the limit of one start a day, in every combination.
fn reports() -> Vec<Premises> {
    let mut reports = Vec::new();
    for daily_limit in [DailyLimit::PerGroup, DailyLimit::PerClient, DailyLimit::NotEnforced] {
        for metadata in [Metadata::Documented, Metadata::OtherKeys, Metadata::Absent] {
            use RetryTime::{Absent, InMessage, Past, Right};
            for retry_time in [Right, Past, Absent, InMessage] {
                reports.push(Premises { daily_limit, retry_time, metadata });
            }
        }
    }
    reports
}

#[test]
fn the_loop_exports_everything_and_breaks_no_rule_under_each_report() {
    for (premises, seed) in reports().iter().flat_map(|it| (0..6).map(move |seed| (it, seed))) {
        let mut app = App::new(premises.clone(), seed);
        let mut tokens = app.consent(&WANTED.into());
        let mut exports = Exports::new(&tokens.grant, app.now);
        export_all(&mut app, &mut exports, &mut tokens).unwrap();
        let audit = app.server.audit();
        assert!(audit.is_clean(), "{premises:?}, seed {seed}: {:?}", audit.violations);
        for export in exports.iter() {
            let resources = export.resources();
            let downloads = usize::from(export.progress() == Progress::Downloaded);
            for resource in resources.names() {
                let has = |index: &&String| index.contains(resource);
                assert_eq!(app.indexes.iter().filter(has).count(), downloads, "{resource}");
            }
            match export.given_up() {
                None => assert_eq!(downloads, 1, "{export:?}"),
                Some(GiveUpReason::RetriesUsedUp) => {}
                // Google wants a job to be downloaded first, and does not say whose it is; or one
                // that failed.
                Some(GiveUpReason::NotStarted | GiveUpReason::JobTookTooLong) => {
                    assert_eq!(premises.retry_time, RetryTime::Past);
                    let failed =
                        |it: Export<'_>| it.given_up() == Some(GiveUpReason::RetriesUsedUp);
                    let is_known = exports.iter().any(failed);
                    let seed = (premises, seed);
                    assert!(is_known || !export.named_jobs().is_empty(), "{seed:?} {export:?}");
                }
                Some(other) => panic!("{other} of {resources} under {premises:?}, seed {seed}"),
            }
        }
        let read: Exports = serde_json::from_str(&app.stored).unwrap();
        assert_eq!(read.iter().len(), exports.iter().len());
    }
}

/// Goes on until an archive is ready, and shows its links for as long as they are valid.
fn show_links(app: &mut App, exports: &mut Exports, tokens: &mut Tokens) -> Archive {
    loop {
        match exports.poll(&app.google.access(tokens), app.now) {
            Step::Send(call) => {
                let result = send(&call, |request| app.http(request));
                exports.record(&call, &result, app.now);
            }
            Step::Refresh => {
                let refresh = app.google.refresh(tokens, app.now);
                let refreshed = send(&refresh, |request| app.http(request));
                exports.record_refresh(&refreshed, app.now);
                *tokens = refreshed.unwrap();
            }
            Step::Download(archive) => {
                exports.begin_download(&archive.job, archive.until);
                return archive;
            }
            Step::WaitUntil(time, _) => app.sleep_until(time),
            step => panic!("{step:?}"),
        }
    }
}

#[test]
fn a_page_shows_links_until_they_expire_also_after_a_restart_and_then_fresh_ones() {
    let mut app = App::new(Premises::default(), 0);
    app.server.config_mut().faults = Faults::default();
    let mut tokens = app.consent(&Resource::ChromeHistory.into());
    let mut exports = Exports::new(&tokens.grant, app.now);
    let text = |state: &str| format!("<h2>chrome.history</h2><p>{state}</p>\n");
    assert_eq!(page(&exports, app.now), text("not started"));

    let archive = show_links(&mut app, &mut exports, &mut tokens);
    let shown = page(&exports, app.now);
    assert!(shown.contains("<p>complete <a href=\"http://127.0.0.1:8090/archives/"), "{shown}");
    assert_eq!(shown.matches("<a href").count(), archive.files.len());

    let archives: Vec<Archive> = exports.archives(app.now).collect();
    let stored = serde_json::to_string(&(&exports, archives)).unwrap();
    let (mut exports, archives): (Exports, Vec<Archive>) = serde_json::from_str(&stored).unwrap();
    exports.restore(archives);
    assert_eq!(page(&exports, app.now), shown);

    assert!(!page(&exports, archive.until).contains("<a"));
    let fresh = show_links(&mut app, &mut exports, &mut tokens);
    assert!(fresh.files != archive.files && page(&exports, app.now).contains("<a"));
    exports.downloaded(&fresh.job, app.now);
    assert_eq!(page(&exports, app.now), text("downloaded"));
    assert!(app.server.audit().is_clean());
}
