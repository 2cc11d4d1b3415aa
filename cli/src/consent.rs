//! `consent`: a consent URL.

use std::error::Error;
use std::time::SystemTime;

use clap::Args;
use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet, Service};
use dataportability_scopes::consent::{AccessType, ConsentError, ConsentRequest, RedirectUri};
use dataportability_scopes::oauth2::{ClientId, CsrfToken, PkceCodeChallenge};
use serde_json::json;

use crate::argument::{
    Format, Named, RevisionArg, resource, resource_names, scope_value, service, service_names,
};
use crate::help::examples;
use crate::list::print_scopes;
use crate::output::Output;
use crate::terminal::{BOLD, paint};
use crate::{Answer, counted, print_error};

/// Make a consent URL for what is needed and not yet granted.
///
/// Nothing left to ask for is a success: there is then no URL.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes consent --client-id 1234.apps.googleusercontent.com \\
    --redirect-uri https://app.example.com/callback \\
    --resource youtube.clips --resource chrome.history",
    "dataportability-scopes consent --client-id 1234.apps.googleusercontent.com \\
    --redirect-uri https://app.example.com/callback --service YouTube --offline",
    "dataportability-scopes consent --client-id 1234.apps.googleusercontent.com \\
    --redirect-uri https://app.example.com/callback --service maps --json \\
    --already-granted https://www.googleapis.com/auth/dataportability.maps.reviews",
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
    /// The scope value that the user has granted before, to any client of the project
    #[arg(long, visible_alias = "held", value_name = "VALUE")]
    already_granted: Option<String>,
    /// Ask for a refresh token as well
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    revision: RevisionArg,
    #[command(flatten)]
    format: Format,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct Needed {
    /// A resource group that is needed; give the option once for each
    #[arg(long = "resource", value_name = "NAME", value_parser = Named(resource, resource_names), hide_possible_values = true)]
    resources: Vec<Resource>,
    /// A service that is needed with all its scopes in the revision; give the option once for each
    #[arg(long = "service", value_name = "NAME", value_parser = Named(service, service_names), hide_possible_values = true)]
    services: Vec<Service>,
}

pub(crate) fn run(args: &ConsentArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    // Not parsed as an argument: that error would quote it with the password that it may have.
    let redirect_uri: RedirectUri = args.redirect_uri.parse()?;
    let needed = args.needed.scopes(args.revision.revision);
    let already_granted = match args.already_granted.as_deref() {
        None | Some("") => ScopeSet::EMPTY,
        Some(value) => scope_value("--already-granted", value)?.scopes(),
    };
    let mut request =
        ConsentRequest::new(ClientId::new(args.client_id.clone()), redirect_uri, needed)
            .already_granted(already_granted)
            .revision(args.revision.revision);
    if args.offline {
        request = request.access_type(AccessType::Offline);
    }
    // The program's own, because it prints them: a pending consent does not show its verifier.
    let state = CsrfToken::new_random_len(32);
    let (_, verifier) = PkceCodeChallenge::new_random_sha256();
    let (state_text, verifier_text) = (state.secret().clone(), verifier.secret().clone());
    let consent = match request.authorize_url_with(state, verifier, SystemTime::now()) {
        Err(error @ ConsentError::NotListed { .. }) => {
            print_error(&error);
            if args.format.json {
                print_no_url(needed & already_granted, out);
            }
            return Ok(Answer::No);
        }
        consent => consent?,
    };
    let Some(consent) = consent else {
        if args.format.json {
            print_no_url(needed, out);
        } else {
            let count = counted(needed, "");
            out.print_line(format_args!(
                "Nothing to ask for: {count} needed, and all granted already."
            ));
        }
        return Ok(Answer::Yes);
    };
    let (url, requested) = (consent.url.as_str(), needed - already_granted);
    let held = needed & already_granted;
    if args.format.json {
        out.print_json(&json!({
            "url": url,
            "requested": requested.iter().collect::<Vec<_>>(),
            "held": held.iter().collect::<Vec<_>>(),
            "state": state_text,
            "code_verifier": verifier_text,
        }));
        return Ok(Answer::Yes);
    }
    let heading = |text: &str| paint(BOLD, text);
    out.print_line(format_args!(
        "{}\n\n{}\n\n{}\n",
        heading("Send the user to"),
        url,
        heading(&format!("It asks for {}", counted(requested, "")))
    ));
    print_scopes(requested, &args.format, false, out);
    if !held.is_empty() {
        let count = counted(held, "");
        out.print_line(format_args!(
            "\n{}\n",
            heading(&format!("It does not ask for {count} granted already"))
        ));
        print_scopes(held, &args.format, false, out);
    }
    out.print_line(format_args!(
        "\n{}\n\n  state          {state_text}\n  code verifier  {verifier_text}",
        heading(
            "Keep these secrets in the user's session, to check the callback and exchange the code"
        )
    ));
    Ok(Answer::Yes)
}

/// Prints the object of a consent without a URL.
fn print_no_url(held: ScopeSet, out: &mut Output) {
    out.print_json(&json!({
        "url": null,
        "requested": [],
        "held": held.iter().collect::<Vec<_>>(),
        "state": null,
        "code_verifier": null,
    }));
}

impl Needed {
    /// Returns what is needed. Of a service that is what the revision lists. If it lists nothing,
    /// it is everything, so that the error of the request says what became of it.
    fn scopes(&self, revision: Revision) -> ScopeSet {
        let mut scopes: ScopeSet = self.resources.iter().copied().collect();
        for service in &self.services {
            let listed = service.scopes() & revision.scopes();
            scopes |= if listed.is_empty() {
                service.scopes()
            } else {
                listed
            };
        }
        scopes
    }
}
