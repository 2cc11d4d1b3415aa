//! What the authorization endpoint takes and refuses.

use stand_in::{Access, Granted, Rule};

use crate::app::{
    ADA, App, CALLBACK, DAY, GRACE, PROJECT, SEARCH, STATE, authorization_url, changed_url, config,
    parameters, resources, rows, scope,
};

const INCREMENTAL: &str =
    "Error 400: invalid_request. Incremental auth is not allowed for the requested scopes";

/// What the page says that is shown for a request with changed parameters.
fn refusal(app: &mut App, changes: &[(&str, &str)]) -> String {
    let url = changed_url(&[SEARCH], changes);
    app.try_decide(&url, ADA, Granted::All).unwrap_err().to_string()
}

#[test]
fn every_scope_can_be_requested_alone_and_all_of_them_together() {
    let resources = resources();
    let groups: Vec<&str> = resources.iter().map(|it| &*it.group).collect();
    assert_eq!(groups.len(), 66);
    let mut app = App::new();
    for group in &groups {
        let callback = app.decide(&authorization_url(&[group]), ADA, Access::OneTime);
        assert_eq!(parameters(&callback)["scope"], scope(group));
    }
    let callback = app.decide(&authorization_url(&groups), GRACE, Access::OneTime);
    assert_eq!(parameters(&callback)["scope"].split(' ').count(), 66);
    assert!(app.is_clean());
}

#[test]
fn the_callback_has_code_state_scope_and_issuer() {
    let mut app = App::new();
    let callback = app.decide(&authorization_url(&[SEARCH]), ADA, Access::OneTime);
    assert!(callback.starts_with(&format!("{CALLBACK}?")));
    let parameters = parameters(&callback);
    assert!(parameters["code"].starts_with("4/0A"));
    assert_eq!(parameters["state"], STATE);
    assert_eq!(parameters["scope"], scope(SEARCH));
    assert_eq!(parameters["iss"], "https://accounts.google.com");
}

#[test]
fn a_user_can_grant_a_part_and_decline() {
    let mut app = App::new();
    let url = authorization_url(&[SEARCH, "myactivity.maps"]);
    let unrequested = scope("chrome.history");
    for nothing in [Granted::None, Granted::Scopes([unrequested.clone()].into())] {
        let parameters = parameters(&app.try_decide(&url, ADA, nothing).unwrap());
        assert_eq!(parameters["error"], "access_denied");
        assert_eq!(parameters["state"], STATE);
        assert!(!parameters.contains_key("code"));
    }
    let part = Granted::Scopes([scope("myactivity.maps"), unrequested].into());
    let callback = app.try_decide(&url, ADA, part).unwrap();
    assert_eq!(parameters(&callback)["scope"], scope("myactivity.maps"));
    assert_eq!(app.google.audit().accounts[ADA].consents, 1);
}

#[test]
fn one_scope_that_is_foreign_or_unknown_sinks_the_request() {
    let mut app = App::new();
    let good = scope(SEARCH);
    for other in ["openid", "email", "https://www.googleapis.com/auth/drive"] {
        assert_eq!(
            refusal(&mut app, &[("scope", &format!("{good} {other}"))]),
            "Error 400: invalid_request. Data Portability scopes cannot be requested together \
             with other scopes."
        );
    }
    assert_eq!(app.broken(Rule::MixedScopes), 3);
    for bad in [
        format!("{good}/"),
        scope("youtube.watch_history"),
        // Withdrawn, or not listed yet.
        scope("maps.post_trip_feedback"),
        scope("nest.user"),
        scope(""),
        scope("Myactivity.search"),
    ] {
        let text =
            format!("Error 400: invalid_scope. Some requested scopes were invalid: [{bad:?}]");
        assert_eq!(refusal(&mut app, &[("scope", &format!("{good} {bad}"))]), text);
    }
    assert_eq!(app.broken(Rule::UnknownScope), 6);
}

#[test]
fn incremental_authorization_is_refused() {
    let mut app = App::new();
    assert_eq!(refusal(&mut app, &[("include_granted_scopes", "true")]), INCREMENTAL);
    assert_eq!(app.broken(Rule::IncrementalAuthorization), 1);

    app.decide(&authorization_url(&[SEARCH, "chrome.history"]), ADA, Access::OneTime);
    assert_eq!(refusal(&mut app, &[]), INCREMENTAL);
    assert_eq!(app.google.audit().accounts[ADA].of(Rule::AlreadyGranted), 1);

    // What is missing can be asked for, and another account has granted nothing.
    app.decide(&authorization_url(&["myactivity.maps"]), ADA, Access::OneTime);
    app.decide(&authorization_url(&[SEARCH]), GRACE, Access::OneTime);
    // Removed access can be asked for again.
    app.google.remove_access(ADA, PROJECT);
    app.decide(&authorization_url(&[SEARCH]), ADA, Access::OneTime);
}

#[test]
fn granted_scopes_count_for_all_clients_of_a_project() {
    let mut config = config();
    for (id, project) in [("second", PROJECT), ("foreign", "1")] {
        let mut client = config.clients[0].clone();
        client.id = id.to_owned();
        client.project = project.to_owned();
        config.clients.push(client);
    }
    let mut app = App::with(config);
    app.decide(&authorization_url(&[SEARCH]), ADA, Access::OneTime);
    assert_eq!(refusal(&mut app, &[("client_id", "second")]), INCREMENTAL);
    let foreign = changed_url(&[SEARCH], &[("client_id", "foreign")]);
    app.decide(&foreign, ADA, Access::OneTime);
}

#[test]
fn time_based_access_ends_after_its_days() {
    for (access, days) in [(Access::Days30, 30), (Access::Days180, 180)] {
        let mut app = App::new();
        let url = authorization_url(&[SEARCH]);
        app.decide(&url, ADA, access);
        app.now = app.now + DAY * days - DAY / 24;
        assert_eq!(refusal(&mut app, &[]), INCREMENTAL);
        app.now += DAY / 24;
        app.decide(&url, ADA, access);
    }
}

#[test]
fn a_malformed_request_is_refused() {
    for [name, value, text] in rows(include_str!("authorizations.tsv")) {
        let mut app = App::new();
        assert_eq!(refusal(&mut app, &[(name, value)]), format!("Error 400: {text}"));
        let is_uri = name == "redirect_uri";
        let rule = if is_uri { Rule::RedirectUriMismatch } else { Rule::InvalidGrant };
        assert_eq!(app.broken(rule), 1, "{text}");
    }
    let twice = format!("{}&state=x", authorization_url(&[SEARCH]));
    let error = App::new().try_decide(&twice, ADA, Granted::All).unwrap_err();
    assert_eq!(error.reason, "OAuth 2 parameters can only have a single value: \"state\"");
    let url = authorization_url(&[SEARCH]);
    let error = App::new().try_decide(&url, "nobody@example.com", Granted::All).unwrap_err();
    assert_eq!(error.reason, "There is no account \"nobody@example.com\". Choose one that exists.");
}

#[test]
fn a_url_has_at_most_8192_bytes_from_the_path_on() {
    let length = changed_url(&[SEARCH], &[("state", "x")]).len() - "http://127.0.0.1:8090".len();
    for (rest, is_refused) in [(8192 - length, false), (8193 - length, true)] {
        let url = changed_url(&[SEARCH], &[("state", &"x".repeat(rest + 1))]);
        let mut app = App::new();
        assert_eq!(app.try_decide(&url, ADA, Granted::All).is_err(), is_refused);
        assert_eq!(app.broken(Rule::UrlTooLong), u64::from(is_refused));
    }
}

#[test]
fn a_request_without_state_or_pkce_is_allowed_and_remarked() {
    let mut app = App::new();
    let changes = [("code_challenge", ""), ("code_challenge_method", ""), ("state", "")];
    let callback = app.decide(&changed_url(&[SEARCH], &changes), ADA, Access::OneTime);
    assert!(!parameters(&callback).contains_key("state"));
    let audit = app.google.audit();
    assert!(audit.is_clean());
    let rules: Vec<Rule> = audit.remarks.iter().map(|remark| remark.rule).collect();
    assert_eq!(rules, [Rule::MissingState, Rule::MissingPkce]);
}
