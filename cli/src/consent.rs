//! `consent`: a consent URL.

use std::error::Error;
use std::time::SystemTime;

use clap::Args;
use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet, Scopes, Service};
use dataportability_scopes::consent::{ConsentError, OAuthClient, RedirectUri};
use dataportability_scopes::oauth2::{CsrfToken, PkceCodeChallenge};
use serde_json::json;

use crate::argument::{
    Format, RevisionArg, offer, quantity, resource, resource_names, scopes, service, service_names,
};
use crate::explain::is_like_scope;
use crate::finding::{Side, is_of_api, of_scope};
use crate::help::examples;
use crate::list::print_scopes;
use crate::output::Output;
use crate::scope_list::ScopeList;
use crate::terminal::{BOLD, paint};
use crate::{Answer, print_error};

/// Make a consent URL for what is needed and not yet granted.
///
/// Nothing left to ask for is a success: there is then no URL. "export" does all that comes after
/// the URL, for your own data.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes consent --client-id 1234.apps.googleusercontent.com \\
    --redirect-uri https://app.example.com/callback \\
    --resource youtube.clips,chrome.history",
    "dataportability-scopes consent --client-id 1234.apps.googleusercontent.com \\
    --redirect-uri https://app.example.com/callback --service YouTube --online",
    "dataportability-scopes consent --client-id 1234.apps.googleusercontent.com \\
    --redirect-uri https://app.example.com/callback --service maps --json \\
    --already-granted maps.reviews,maps.starred_places",
]))]
pub(crate) struct ConsentArgs {
    /// The OAuth client
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Where Google sends the user after the consent, as registered with the client
    #[arg(long, value_name = "URI")]
    redirect_uri: String,
    #[command(flatten)]
    needed: Needed,
    /// What the user has granted before, to any client of the project: a scope value, or names
    #[arg(long, visible_alias = "held", value_name = "VALUE")]
    already_granted: Vec<String>,
    /// Ask for no refresh token: the access ends within an hour
    #[arg(long)]
    online: bool,
    #[command(flatten)]
    revision: RevisionArg,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct Needed {
    /// A resource group that is needed; give several with commas, or the option again
    #[arg(
        long = "resource",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = resource,
        add = offer(resource_names)
    )]
    resources: Vec<Resource>,
    /// A service that is needed with all its scopes in the revision
    #[arg(
        long = "service",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = service,
        add = offer(service_names)
    )]
    services: Vec<Service>,
}

pub(crate) fn run(args: &ConsentArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    // Not parsed as an argument: that error would quote it with the password that it may have.
    let redirect_uri: RedirectUri = args.redirect_uri.parse()?;
    let needed = args.needed.scopes(args.revision.revision);
    let mut granted = Scopes::default();
    for value in &args.already_granted {
        granted.extend([read_granted(value)?]);
    }
    let granted_already = needed & granted.known();
    let google = OAuthClient::new(args.client_id.clone(), redirect_uri);
    let mut request =
        google.consent(needed).already_granted(&granted).revision(args.revision.revision);
    if args.online {
        request = request.online();
    }
    // The program's own, because it prints them: a pending consent does not show its verifier.
    let state = CsrfToken::new_random_len(32);
    let (_, verifier) = PkceCodeChallenge::new_random_sha256();
    let (state_text, verifier_text) = (state.secret().clone(), verifier.secret().clone());
    let (consent, answer) = match request.authorize_url_with(state, verifier, SystemTime::now()) {
        Err(error @ ConsentError::NotListed { .. }) => {
            print_error(&error);
            (None, Answer::No)
        }
        consent => (consent?, Answer::Yes),
    };
    let url = consent.as_ref().map(|consent| consent.url.as_str());
    let requested = if url.is_some() { needed - granted_already } else { ScopeSet::default() };
    let count = |scopes: ScopeSet| quantity(scopes.len(), "scope");
    if args.format.json {
        out.print_json(&json!({
            "url": url,
            "requested": requested.iter().collect::<Vec<_>>(),
            "already_granted": granted_already.iter().collect::<Vec<_>>(),
            "state": url.map(|_| state_text),
            "code_verifier": url.map(|_| verifier_text),
        }));
    } else if let Some(url) = url {
        let asks = paint(BOLD, format!("It asks for {}", count(requested)));
        out.print_line(format_args!("{}\n\n{url}\n\n{asks}\n", paint(BOLD, "Send the user to")));
        print_scopes(requested, &args.format, false, out);
        if !granted_already.is_empty() {
            let heading = format!("Left out, because already granted: {}", count(granted_already));
            out.print_line(format_args!("\n{}\n", paint(BOLD, heading)));
            print_scopes(granted_already, &args.format, false, out);
        }
        out.print_line(format_args!(
            "\n{}\n\n  state          {state_text}\n  code verifier  {verifier_text}\n\n\
             Accept the callback only if it has this state. Send the code verifier with the \
             request that exchanges the code for tokens. For your own data, \
             \"dataportability-scopes export\" does all of that.",
            paint(BOLD, "Keep these two secrets until the callback comes")
        ));
    } else if matches!(answer, Answer::Yes) {
        out.print_line("Nothing to ask for: all that is needed is already granted.");
    }
    Ok(answer)
}

/// Reads what was granted before, whatever separates it: scopes, or names of resource groups.
///
/// Scopes of other APIs do not matter here. Its error quotes nothing that does not look like a
/// scope, since the text may be a whole token response.
fn read_granted(value: &str) -> Result<Scopes, String> {
    let mut granted = Scopes::default();
    for token in ScopeList::read(value).tokens {
        if let Ok(scopes) = scopes(&token) {
            granted.extend([scopes]);
            continue;
        }
        if let Some(finding) = of_scope(&token, Side::Granted).filter(|_| is_of_api(&token)) {
            return Err(format!("--already-granted: {}", finding.sentence()));
        }
        if !is_like_scope(&token) {
            return Err("--already-granted: something in it is neither a scope nor the name of a \
                        resource group; give the scope value of the token response, or names with \
                        commas"
                .to_owned());
        }
    }
    Ok(granted)
}

impl Needed {
    /// Returns what is needed. Of a service that is what the revision lists. If it lists nothing,
    /// it is everything, so that the error of the request says what became of it.
    fn scopes(&self, revision: Revision) -> ScopeSet {
        let mut scopes: ScopeSet = self.resources.iter().copied().collect();
        for service in &self.services {
            let listed = service.scopes() & revision.scopes();
            scopes |= if listed.is_empty() { service.scopes() } else { listed };
        }
        scopes
    }
}
