//! All error texts of the crate, word for word, in `tests/golden/errors.txt`.
//!
//! `UPDATE=1 cargo test --all-features --test it errors` writes the file anew.

use std::error::Error;
use std::fmt::{Display, Write};
use std::fs;
use std::path::Path;
use std::str::FromStr;

use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::call::{Endpoint, Endpoints, HttpCall, send};
use dataportability_scopes::catalogue::{
    Category, Date, NewerScope, Resource, Revision, Scope, ScopeSet, Scopes, Service,
};
use dataportability_scopes::consent::{
    AccessPeriod, CallbackError, OAuthClient, RedirectUri, Tokens,
};
use dataportability_scopes::drift::PublishedList;
use dataportability_scopes::grant::{Access, Grant};
use dataportability_scopes::oauth2::{CsrfToken, PkceCodeVerifier};
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json};

use crate::consent::{
    CALLBACK, CLIPS, CODE, STATE, VERIFIER, agreed, authorization_response, client, complete,
    exchanged, now, pending, seconds, token_response, with_refresh_token,
};
use crate::fixtures::{ACCESS_TOKEN, EVERYTHING, access, all_of, at, calls, job, response};
use crate::known::{NEWER, everything};

const PREFIX: &str = "https://www.googleapis.com/auth/dataportability.";

/// The texts, each below what it is about.
#[derive(Default)]
struct Texts(String);

impl Texts {
    fn heading(&mut self, text: &str) {
        let begin = if self.0.is_empty() { "" } else { "\n" };
        writeln!(self.0, "{begin}# {text}\n").expect("a string");
    }

    fn add<T, E: Error>(&mut self, about: impl Display, result: Result<T, E>) {
        let Err(error) = result else {
            panic!("{about} is no error");
        };
        let text = error.to_string();
        assert!(!text.contains('\n'), "{text}");
        assert!(!all_of(&error).contains("S3cret"), "{text}");
        writeln!(self.0, "{about}\n    {text}").expect("a string");
    }

    fn parse<T: FromStr<Err: Error>>(&mut self, inputs: &[&str]) {
        for input in inputs {
            self.add(format_args!("{input:?}"), input.parse::<T>());
        }
    }

    fn stored<T: DeserializeOwned>(&mut self, what: &str, values: &[Value]) {
        for value in values {
            self.add(format_args!("{what} {value}"), from_value::<T>(value.clone()));
        }
    }

    fn catalogue(&mut self) {
        let clips = Resource::YoutubeClips.scope().as_str();
        let long = "x".repeat(200);
        self.heading("Scope");
        self.parse::<Scope>(&[
            "",
            "openid",
            "youtube.clips",
            "youtube.clip",
            "https://www.googleapis.com/auth/drive",
            &format!("{clips}/"),
            &format!("{clips},{clips}"),
            &format!("{clips}s"),
            &format!(" {clips}"),
            NEWER,
            &format!("{NEWER}/"),
            &format!("{PREFIX}chrome.histroy"),
            &clips.replace("https", "http"),
            "a\u{202e}\nb",
            &long,
        ]);
        self.heading("Resource");
        self.parse::<Resource>(&["", "youtube.clip", "chrome.histroy", "zoo.noises", &long]);
        self.heading("Service, Revision, Category, Date");
        self.parse::<Service>(&["yuotube"]);
        self.parse::<Revision>(&["2025-01-21"]);
        self.parse::<Category>(&["", "secret"]);
        self.parse::<Date>(&["2025-02-30", "today"]);
        self.heading("NewerScope");
        self.parse::<NewerScope>(&["openid", clips, &format!("{clips}/"), PREFIX]);
        self.heading("Scopes and ScopeSet");
        self.parse::<Scopes>(&["chrome.histroy", "youtube.clips openid", &format!("{clips}/")]);
        self.parse::<ScopeSet>(&["chrome.histroy", NEWER]);
        self.stored::<Scopes>("stored", &[json!(7), json!(["chrome.histroy"]), json!([7])]);
    }

    fn grant(&mut self) {
        let clips = Resource::YoutubeClips.scope();
        self.heading("Grant");
        self.parse::<Grant>(&["", " \n", "a  b", "  a \"b\"", "a\\b", "a é"]);
        for separator in [",", "+", ";", "|", "%20", "%2C", "\n", ""] {
            self.parse::<Grant>(&[&format!("{clips}{separator}{clips}")]);
        }
        self.stored::<Grant>("stored", &[json!(7), json!(["a b", "c\td"])]);

        self.heading("MissingScopesError");
        let revision = Revision::R2026_07_19;
        let newer: Scopes = NEWER.parse().expect("a scope");
        let everything = Grant::from(Scopes::from(everything()) | newer.clone());
        let withdrawn = Resource::BusinessmessagingConversations;
        let many = Scopes::from(Resource::YoutubeClips.service().scopes());
        for (about, grant, resources) in [
            ("nothing is named", &everything, Scopes::default()),
            (
                "nothing is granted",
                &Grant::default(),
                [Resource::YoutubeClips, Resource::MapsReviews].into(),
            ),
            ("withdrawn", &everything, withdrawn.into()),
            ("not vouched for", &everything, newer.clone()),
            ("newer and not granted", &Grant::default(), newer),
            ("many", &Grant::default(), many & Revision::R2026_07_19.scopes().into()),
        ] {
            self.add(about, grant.check_covers_in(revision, resources));
        }

        self.heading("NotAuthorizedError");
        let odd = format!("{PREFIX}Zoo");
        for value in ["openid", "youtube.clips", &odd, NEWER, "a b c d e f g", clips.as_str()] {
            let grant: Grant = value.parse().expect("a grant");
            let result = grant.check_allows_in(Revision::R2024_04_10, ApiMethod::Retry);
            self.add(value, result);
        }
        let nothing = Grant::default().check_allows_in(revision, ApiMethod::Initiate);
        self.add("nothing", nothing);
        let early = everything.check_allows_in(Revision::R2024_04_10, ApiMethod::Cancel);
        self.add("a method that was not there yet", early);
    }

    fn addresses(&mut self) {
        self.heading("Endpoint: endpoints.json has an example of each rule");
        self.parse::<Endpoint>(&["/token"]);
        self.stored::<Endpoints>("stored", &[json!({}), json!({"tokens": ""})]);
        self.heading("RedirectUri: consent/redirect_uris.json has an example of each rule");
        self.parse::<RedirectUri>(&["/callback"]);
        self.heading("OAuthClient::from_console_json");
        for file in [
            json!({}),
            json!({"web": {"client_id": "id", "redirect_uris": []}}),
            json!({"web": {"client_id": "id", "redirect_uris": ["http://app.example.com/"]}}),
        ] {
            self.add(&file, OAuthClient::from_console_json(&file.to_string()));
        }
    }

    fn consent(&mut self) {
        self.heading("ConsentError");
        let google = client();
        let url = |scopes: Scopes, revision| {
            google.consent(scopes).revision(revision).authorize_url(now())
        };
        self.add("no scope", url(Scopes::default(), Revision::R2025_01_20));
        let clips = || Scopes::from(Resource::YoutubeClips);
        self.add("before", url(clips(), Revision::R2024_04_10));
        let withdrawn = Resource::BusinessmessagingConversations;
        self.add("after", url(withdrawn.into(), Revision::R2026_07_19));
        let nobody = OAuthClient::new("", CALLBACK.parse().expect("a redirect URI"));
        self.add("no client id", nobody.consent(clips()).authorize_url(now()));
        let request = google.consent(clips()).revision(Revision::R2025_01_20);
        self.add("a short URL", request.batches(100));
        for (about, state, verifier) in [("state", "", VERIFIER), ("verifier", STATE, "")] {
            let (state, verifier) = (state.into(), verifier.into());
            let (state, verifier) = (CsrfToken::new(state), PkceCodeVerifier::new(verifier));
            self.add(about, request.authorize_url_with(state, verifier, now()));
        }

        self.heading("CallbackError");
        let (state, code) = (("state", STATE), ("code", CODE));
        let long = "x".repeat(20_000);
        for (about, parameters) in [
            ("missing", &[state][..]),
            ("empty", &[state, ("code", "")]),
            ("repeated", &[state, code, code]),
            ("long", &[state, ("code", &long)]),
            ("unknown", &[("state", "x"), code]),
            ("another issuer", &[state, code, ("iss", "x")]),
        ] {
            self.add(about, complete(parameters));
        }
        let late = now() + seconds(601);
        self.add("late", pending(CLIPS).complete(&agreed(STATE), late));
        for url in
            ["/callback", "https://example.com/callback", "https://app.example.com/", CALLBACK]
        {
            let registered = format!("{CALLBACK}?tenant=1");
            let google = OAuthClient::new("id", registered.parse().expect("a redirect URI"));
            let consent = crate::consent::consent_with(google.consent(CLIPS), STATE, now());
            let mut pending = dataportability_scopes::PendingConsents::default();
            pending.insert(consent.pending, now());
            let url = format!("{url}?{}", agreed(STATE));
            self.add("another URL", pending.complete_url(&url, now()));
        }
        for code in CODES.split(' ') {
            let denied: Result<_, CallbackError> = complete(&[state, ("error", code)]);
            self.add(code, denied);
        }
    }

    fn tokens(&mut self) {
        let tokens = exchanged(&with_refresh_token("")).tokens;
        self.heading("The token endpoint, the revocation endpoint");
        let exchange = client().exchange(&authorization_response(), now());
        for code in CODES.split(' ') {
            let response = response(400, json!({ "error": code }).to_string());
            self.add(code, exchange.read_response(&response));
        }
        for (status, body) in [(503, r#"{"error": "internal_failure"}"#), (502, ""), (200, "{}")] {
            let response = response(status, body);
            self.add(format_args!("{status} {body}"), exchange.read_response(&response));
            self.add("refresh", client().refresh(&tokens, now()).read_response(&response));
            if status != 200 {
                self.add("revoke", client().revoke(&tokens).read_response(&response));
            }
        }
        let online = exchanged(&token_response("")).tokens;
        self.add("no refresh token", client().refresh(&online, now()).to_request());

        self.heading("The tokeninfo endpoint");
        let call = access().token_info();
        for (status, body) in [
            (400, r#"{"error_description": "Invalid Value"}"#),
            (503, r#"{"error": "internal_failure"}"#),
            (200, "{}"),
            (200, r#"{"aud": "1", "scope": "a  b", "expires_in": 1}"#),
            (200, r#"{"aud": "1", "scope": "a", "expires_in": "soon"}"#),
        ] {
            self.add(format_args!("{status} {body}"), call.read_response(&response(status, body)));
        }

        self.heading("Stored values");
        self.stored::<Tokens>("tokens", &[json!(7)]);
        self.stored::<AccessPeriod>("access period", &[json!("for ever")]);
        self.stored::<dataportability_scopes::api::SignedUrl>("signed URL", &[json!("x")]);
        self.stored::<dataportability_scopes::api::JobState>("state", &[json!("COMPLETED")]);
        self.stored::<dataportability_scopes::api::AccessType>("access type", &[json!("x")]);
        let mut before_1970 = tokens;
        before_1970.expires_at = Some(at(0) - seconds(1));
        self.add("a time", serde_json::to_string(&before_1970));
    }

    fn api(&mut self) {
        self.heading("ApiMethod, JobId");
        self.parse::<ApiMethod>(&["archiveJobs.retyr", ""]);
        let long = "a".repeat(1025);
        self.parse::<JobId>(&["", "..", "archiveJobs/a/b", "a:cancel", "a\nb", &long]);

        self.heading("TimeRangeError");
        let endpoints = Endpoints::default();
        let call = |resources: &Scopes| {
            let grant = Grant::from(resources.clone()).vouching_for(resources);
            let call = Access::new(&endpoints, ACCESS_TOKEN, &grant).initiate(resources);
            call.expect("vouched for")
        };
        let many: Scopes =
            (0..7).map(|it| format!("{NEWER}{it}").parse::<Scopes>().unwrap()).collect();
        self.add("newer", call(&many).time_range(Some(at(0)), None));
        let listed = Revision::NEWEST.scopes();
        let with = listed.iter().find(|it| it.resource().supports_time_filter());
        let with = call(&with.expect("a resource").into());
        self.add("empty", with.clone().time_range(Some(at(1)), Some(at(0))));
        self.add("year", with.time_range(Some(at(0) - seconds(1)), None));

        self.heading("Calls");
        let no_token = Access::new(&endpoints, "", &EVERYTHING);
        self.add("no token", no_token.retry(&job()).expect("allowed").to_request());
        let down = |_request| Err("the network is down");
        self.add("no response", send(&access().reset().expect("allowed"), down));
        for call in calls() {
            for (body, error) in [
                ("", "nothing"),
                (r#"{"error": {}, "archiveJobId": "1", "state": "FAILED"}"#, "an error"),
                (r#"{"archiveJobId": "a/b", "state": null}"#, "an odd field"),
                (
                    r#"{"state": "FAILED", "name": "archiveJobs/2/portabilityArchiveState"}"#,
                    "another job",
                ),
                (r#"{"state": "COMPLETE", "urls": ["x"]}"#, "an odd URL"),
                (r#"{"oneTimeResources": ["x"]}"#, "an odd resource"),
            ] {
                if let Err(text) = call.read(200, body) {
                    self.add::<(), _>(error, Err(text));
                }
            }
        }

        self.heading("Refusals of the API");
        for call in calls() {
            for (about, status, body) in refusals() {
                let about = format!("{} {about}", call.name);
                self.add::<(), _>(about, Err(call.error(status, &body)));
            }
        }
    }

    fn drift(&mut self) {
        self.heading("PublishedList");
        for text in [
            "",
            "{}",
            "<html>",
            "{\"name\": 7}",
            r#"{"name": "dataportability", "auth": {"oauth2": [{"scopes": {"a": {}}}]}}"#,
            "{\"name\": \"drive\"}",
            "{\"name\": \"dataportability\"}",
        ] {
            self.add(format_args!("{text:?}"), PublishedList::from_reader(text.as_bytes()));
        }
    }
}

const CODES: &str = "access_denied account_selection_required admin_policy_enforced consent_required \
    deleted_client interaction_required invalid_client invalid_grant invalid_request \
    invalid_scope invalid_token login_required org_internal server_error \
    temporarily_unavailable unauthorized_client unsupported_grant_type \
    unsupported_response_type unsupported_token_type undocumented";

fn refusals() -> impl Iterator<Item = (String, u16, String)> {
    let in_form = include_str!("refusals.txt").lines().map(|row| {
        let mut words = row.split(' ');
        let status = words.next().and_then(|status| status.parse().ok()).expect("a status");
        let (name, reason) = (words.next(), words.next().unwrap_or_default());
        let error = json!({"status": name, "details": [{ "reason": reason }]});
        (row.to_owned(), status, json!({ "error": error }).to_string())
    });
    let not_in_form = |status| (format!("{status} in HTML"), status, "<html>".to_owned());
    in_form.chain([302, 400, 403, 404, 502].map(not_in_form))
}

#[test]
fn all_error_texts_are_those_of_the_golden_file() {
    let mut texts = Texts::default();
    texts.catalogue();
    texts.grant();
    texts.addresses();
    texts.consent();
    texts.tokens();
    texts.api();
    texts.drift();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/errors.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &texts.0).expect("the golden file");
    }
    let golden = fs::read_to_string(&path).expect("the golden file");
    for (line, (actual, expected)) in texts.0.lines().zip(golden.lines()).enumerate() {
        assert_eq!(actual, expected, "tests/golden/errors.txt:{}", line + 1);
    }
    assert_eq!(texts.0.lines().count(), golden.lines().count());
}

#[test]
fn an_error_about_an_input_of_any_size_is_short_and_on_one_line() {
    fn text<T: FromStr<Err: Error>>(input: &str) -> Option<String> {
        input.parse::<T>().err().map(|error| error.to_string())
    }
    let parsers: [fn(&str) -> Option<String>; 12] = [
        text::<Scope>,
        text::<Resource>,
        text::<Service>,
        text::<Category>,
        text::<Date>,
        text::<NewerScope>,
        text::<Scopes>,
        text::<Grant>,
        text::<ApiMethod>,
        text::<JobId>,
        text::<Endpoint>,
        text::<RedirectUri>,
    ];
    for piece in
        ["a", "é ", "\u{202E}", "\r\n", ".", "xn--", "dataportability.", "/", "%2e", "a b "]
    {
        let input = piece.repeat(1_000_000 / piece.len());
        for error in parsers.iter().filter_map(|parser| parser(&input)) {
            assert!(error.len() < 2_500, "{}", error.len());
            assert!(!error.contains(['\u{202E}', '\n', '\r']), "{error}");
        }
    }
}
