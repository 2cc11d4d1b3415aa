//! Exports two resource groups, from consent to download, against a simulated Google in memory:
//! `cargo run --example export`.

use std::convert::Infallible;
use std::error::Error;
use std::time::SystemTime;

use dataportability_scopes::api::export::{Exports, Step};
use dataportability_scopes::http::Request;
use dataportability_scopes::{Endpoints, OAuthClient, PendingConsents, Resource, send};
use stand_in::{Access, Config, Decision, Google, Granted};

const CALLBACK: &str = "https://app.example.com/callback";
const WANTED: [Resource; 2] = [Resource::YoutubeComments, Resource::ChromeHistory];

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::new(WANTED.map(Resource::name), CALLBACK);
    let client = OAuthClient::new("client", CALLBACK.parse()?).client_secret("secret");
    let client = client.endpoints(Endpoints::at(&config.base_url.parse()?));
    let mut google = Google::new(config);
    let mut now = SystemTime::now();
    let wanted = client.consent(WANTED);
    let consent = wanted.authorize_url(now)?.ok_or("nothing to ask for")?;
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, now);
    let agreed = Decision {
        account: "ada@example.com".into(),
        granted: Granted::All,
        access: Access::Days30,
    };
    let callback = google.decide(consent.url.as_str(), &agreed, now)?;
    let exchange = client.exchange(&pending.complete_url(&callback, now)?, now);
    let mut http = |request: Request<_>, now| Ok::<_, Infallible>(google.respond(&request, now));
    let mut tokens = send(&exchange, |request| http(request, now))?.tokens;
    let mut exports = Exports::new(&tokens.grant, now);
    loop {
        match exports.poll(&client.access(&tokens), now) {
            Step::Send(call) => {
                println!("{} for {:?}", call.method(), call.resources());
                exports.record(&call, &send(&call, |request| http(request, now)), now);
            }
            Step::Refresh => {
                let refreshed = send(&client.refresh(&tokens, now), |request| http(request, now));
                exports.record_refresh(&refreshed, now);
                tokens = refreshed.unwrap_or(tokens);
            }
            Step::Download(archive) => {
                for url in &archive.files {
                    let file = http(Request::get(url.as_str()).body(Vec::new())?, now)?;
                    println!("{:?}: {} bytes", archive.resources, file.body().len());
                }
                exports.downloaded(&archive.job, now);
            }
            // Time passes only here.
            Step::WaitUntil(time, _) => now = time,
            Step::RequestConsent(why) => return Err(why.into()),
            Step::Done => return Ok(()),
        }
    }
}
