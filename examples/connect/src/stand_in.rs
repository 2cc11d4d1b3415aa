//! A stand-in of Google's servers on this machine, so that the app can be tried without an account.
//! Not for copying: it knows one client and one user, and keeps everything in memory.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dataportability_scopes::oauth2::{ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use dataportability_scopes::url::{Url, form_urlencoded};
use dataportability_scopes::catalogue::{Revision, ScopeSet};
use dataportability_scopes::consent::TokenEndpoint;
use maud::{Markup, html};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::guard::{Guard, guard};
use crate::pages;
use crate::problem::Problem;
use crate::provider::Provider;

const CLIENT_ID: &str = "connect-example";
const HINT: &str = "The stand-in knows failed-export and running-export.";

struct StandIn {
    redirect_uri: Url,
    issued: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    codes: HashMap<String, Consent>,
    /// Each with the number of retries that were made with it.
    tokens: HashMap<String, u32>,
}

/// What the user agreed to, until the code for it is exchanged.
struct Consent {
    scopes: ScopeSet,
    days: Option<u32>,
    challenge: String,
}

/// Serves the stand-in for the app at `origin`.
pub(crate) async fn serve(origin: &str) -> Result<Provider, Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let own_origin = format!("http://{}", listener.local_addr()?);
    let stand_in = Arc::new(StandIn {
        redirect_uri: Url::parse(&format!("{origin}/return"))?,
        issued: Mutex::default(),
    });
    let pages = Router::new()
        .route("/authorize", get(ask).post(decide))
        .route("/style.css", get(pages::style))
        .layer(middleware::from_fn_with_state(
            Guard::new(&own_origin, origin),
            guard,
        ));
    let router = Router::new()
        .route("/token", post(token))
        .route("/v1/archiveJobs/{call}", post(retry))
        .route("/v1/authorization:reset", post(reset))
        .merge(pages)
        .with_state(stand_in);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let client_id = ClientId::new(CLIENT_ID.to_owned());
    Ok(Provider {
        authorization: format!("{own_origin}/authorize").parse()?,
        tokens: TokenEndpoint::new(
            &format!("{own_origin}/token").parse()?,
            client_id.clone(),
            None,
        ),
        client_id,
        api: own_origin.parse()?,
        hint: Some(HINT),
    })
}

impl StandIn {
    fn lock(&self) -> MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the user back with an answer.
    fn answer(&self, state: &str, answer: &[(&str, &str)]) -> Response {
        let mut url = self.redirect_uri.clone();
        url.query_pairs_mut()
            .append_pair("state", state)
            .extend_pairs(answer);
        Redirect::to(url.as_str()).into_response()
    }

    fn refuse(&self, fault: &Fault) -> Response {
        match fault {
            Fault::Unknown(why) => {
                Problem::new(StatusCode::BAD_REQUEST, "The request is refused", *why)
                    .into_response()
            }
            Fault::Invalid { error, state } => self.answer(state, &[("error", error)]),
        }
    }
}

/// An authorization request that can be put to the user.
struct Asked {
    scopes: ScopeSet,
    state: String,
    challenge: String,
}

/// Why an authorization request is not put to the user.
enum Fault {
    /// Client or redirect URI are not as registered: nobody is sent back.
    Unknown(&'static str),
    /// The app is told, at its redirect URI.
    Invalid { error: &'static str, state: String },
}

impl Asked {
    fn read(stand_in: &StandIn, query: &str) -> Result<Asked, Fault> {
        let of = Parameters::read(query.as_bytes())
            .ok_or(Fault::Unknown("A parameter is given more than once."))?;
        if of.get("client_id") != CLIENT_ID {
            return Err(Fault::Unknown("There is no such client."));
        }
        if of.get("redirect_uri") != stand_in.redirect_uri.as_str() {
            return Err(Fault::Unknown(
                "The redirect URI is not the registered one.",
            ));
        }
        let state = of.get("state").to_owned();
        let challenge = of.get("code_challenge").to_owned();
        if of.get("response_type") != "code" {
            let error = "unsupported_response_type";
            return Err(Fault::Invalid { error, state });
        }
        if of.get("code_challenge_method") != "S256" || challenge.len() != 43 {
            let error = "invalid_request";
            return Err(Fault::Invalid { error, state });
        }
        match of.get("scope").parse::<ScopeSet>() {
            Ok(scopes) if scopes.is_subset(Revision::NEWEST.scopes()) => Ok(Asked {
                scopes,
                state,
                challenge,
            }),
            _ => {
                let error = "invalid_scope";
                Err(Fault::Invalid { error, state })
            }
        }
    }
}

/// The consent page.
async fn ask(State(stand_in): State<Arc<StandIn>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    match Asked::read(&stand_in, &query) {
        Ok(asked) => Html(consent_page(&asked, &query).into_string()).into_response(),
        Err(fault) => stand_in.refuse(&fault),
    }
}

fn consent_page(asked: &Asked, query: &str) -> Markup {
    pages::page(
        "Hand over your data?",
        &html! {
            p { "This is a stand-in for Google's consent. Untick what you do not want to hand over." }
            form method="post" action="/authorize" {
                input type="hidden" name="request" value=(query);
                div.services {
                    @for (service, scopes) in pages::by_service(asked.scopes) {
                        fieldset {
                            legend { (service.product_name()) }
                            @for scope in scopes {
                                (pages::choice("scope", scope.as_str(), scope.resource(), true))
                            }
                        }
                    }
                    fieldset {
                        legend { "For how long?" }
                        @for (days, label) in [("0", "For one export"), ("30", "For 30 days"), ("180", "For 180 days")] {
                            div.choice {
                                input type="radio" id={ "days-" (days) } name="days" value=(days) checked[days == "0"];
                                label for={ "days-" (days) } { (label) }
                            }
                        }
                    }
                }
                p.send {
                    button name="answer" value="allow" { "Allow" }
                    button.quiet name="answer" value="decline" { "Decline" }
                }
            }
        },
    )
}

/// The user's answer.
async fn decide(State(stand_in): State<Arc<StandIn>>, RawForm(form): RawForm) -> Response {
    let mut query = String::new();
    let mut ticked = ScopeSet::EMPTY;
    let mut days = None;
    let mut allowed = false;
    for (name, value) in form_urlencoded::parse(&form) {
        match &*name {
            "request" => query = value.into_owned(),
            "scope" => ticked |= value.parse().unwrap_or(ScopeSet::EMPTY),
            "days" => days = value.parse().ok().filter(|days| [30, 180].contains(days)),
            "answer" => allowed = value == "allow",
            _ => {}
        }
    }
    let asked = match Asked::read(&stand_in, &query) {
        Ok(asked) => asked,
        Err(fault) => return stand_in.refuse(&fault),
    };
    let scopes = ticked & asked.scopes;
    if !allowed || scopes.is_empty() {
        return stand_in.answer(&asked.state, &[("error", "access_denied")]);
    }
    let code = random();
    let consent = Consent {
        scopes,
        days,
        challenge: asked.challenge,
    };
    stand_in.lock().codes.insert(code.clone(), consent);
    let scope = scopes.to_string();
    stand_in.answer(&asked.state, &[("code", &code), ("scope", &scope)])
}

/// The exchange. A code is gone with the first try, whether that succeeds or not.
async fn token(State(stand_in): State<Arc<StandIn>>, RawForm(form): RawForm) -> Response {
    let Some(of) = Parameters::read(&form) else {
        return json(
            StatusCode::BAD_REQUEST,
            &json!({ "error": "invalid_request" }),
        );
    };
    if of.get("grant_type") != "authorization_code" {
        return json(
            StatusCode::BAD_REQUEST,
            &json!({ "error": "unsupported_grant_type" }),
        );
    }
    if of.get("client_id") != CLIENT_ID {
        return json(
            StatusCode::UNAUTHORIZED,
            &json!({ "error": "invalid_client" }),
        );
    }
    let mut issued = stand_in.lock();
    let consent = issued.codes.remove(of.get("code")).filter(|consent| {
        of.get("redirect_uri") == stand_in.redirect_uri.as_str()
            && challenge(of.get("code_verifier")).as_ref() == Some(&consent.challenge)
    });
    let Some(consent) = consent else {
        return json(
            StatusCode::BAD_REQUEST,
            &json!({ "error": "invalid_grant" }),
        );
    };
    let access_token = random();
    issued.tokens.insert(access_token.clone(), 0);
    let mut answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": 3599,
        "scope": consent.scopes.to_string(),
        "refresh_token": random(),
    });
    if let Some(days) = consent.days {
        answer["refresh_token_expires_in"] = json!(days * 24 * 60 * 60);
    }
    json(StatusCode::OK, &answer)
}

/// The challenge of a verifier that keeps to RFC 7636, section 4.1.
fn challenge(verifier: &str) -> Option<String> {
    (43..=128).contains(&verifier.len()).then(|| {
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        challenge.as_str().to_owned()
    })
}

/// `archiveJobs.retry` for the two jobs there are.
async fn retry(
    State(stand_in): State<Arc<StandIn>>,
    Path(call): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut issued = stand_in.lock();
    let Some(retries) = bearer(&mut issued, &headers) else {
        return unauthenticated();
    };
    match call.strip_suffix(":retry") {
        Some("failed-export") if *retries < 3 => {
            *retries += 1;
            let job = format!("new-export-{retries}");
            json(StatusCode::OK, &json!({ "archiveJobId": job }))
        }
        Some("failed-export") => error(
            StatusCode::TOO_MANY_REQUESTS,
            "RESOURCE_EXHAUSTED",
            "The job was retried three times.",
        ),
        Some("running-export") => error(
            StatusCode::BAD_REQUEST,
            "FAILED_PRECONDITION",
            "The job has not failed.",
        ),
        _ => error(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such job."),
    }
}

/// `authorization.reset`: no token of the user is of use any longer.
async fn reset(State(stand_in): State<Arc<StandIn>>, headers: HeaderMap) -> Response {
    let mut issued = stand_in.lock();
    if bearer(&mut issued, &headers).is_none() {
        return unauthenticated();
    }
    issued.tokens.clear();
    json(StatusCode::OK, &json!({}))
}

/// What is kept for the token of a call, if it is one.
fn bearer<'i>(issued: &'i mut Issued, headers: &HeaderMap) -> Option<&'i mut u32> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    issued.tokens.get_mut(value.strip_prefix("Bearer ")?)
}

fn unauthenticated() -> Response {
    error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHENTICATED",
        "The token is not valid.",
    )
}

/// An error in the form of the API's.
fn error(code: StatusCode, status: &str, message: &str) -> Response {
    let error = json!({ "code": code.as_u16(), "message": message, "status": status });
    json(code, &json!({ "error": error }))
}

fn json(code: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (code, kind, body.to_string()).into_response()
}

fn random() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

/// The parameters of a request, each at most once (RFC 6749, section 3.1).
struct Parameters(HashMap<String, String>);

impl Parameters {
    fn read(encoded: &[u8]) -> Option<Parameters> {
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if parameters
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        Some(Parameters(parameters))
    }

    /// The value of a parameter; one that is left out is as good as empty.
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
