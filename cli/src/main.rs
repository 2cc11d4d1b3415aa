//! The library on the command line: what scopes there are, what a grant allows, what to ask for.
//!
//! Exit status: 0 yes, 1 no, 2 wrong usage or malformed input.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Args, Parser, Subcommand};
use dataportability_scopes::api::{ApiMethod, Authorized, JobId, RetryRequest};
use dataportability_scopes::catalogue::{
    Changes, ParseScopeError, Resource, Revision, Scope, ScopeSet, ScopeValueError, Service,
};
use dataportability_scopes::consent::{Consent, ConsentError, ConsentRequest, RedirectUri};
use dataportability_scopes::drift::PublishedList;
use dataportability_scopes::grant::Grant;
use dataportability_scopes::oauth2::ClientId;
use serde_json::json;

#[derive(Parser)]
#[command(
    name = "scopes",
    about = "The OAuth scopes of Google's Data Portability API"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the scopes of a revision
    List(List),
    /// Tell whether scopes are in a revision
    Check(Check),
    /// Tell what differs between two revisions
    Diff(Diff),
    /// Tell whether a grant allows archiveJobs.retry
    Retry(Retry),
    /// Make a consent URL for what is needed and not yet held
    Consent(ConsentArgs),
    /// Tell whether the catalogue still has what Google publishes
    Drift(Drift),
}

#[derive(Args)]
struct List {
    /// The revision, as 2025-01-20
    #[arg(long, value_name = "DATE", default_value_t = Revision::NEWEST)]
    revision: Revision,
    /// Only the scopes of this service
    #[arg(long, value_name = "NAME")]
    service: Option<Service>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Check {
    /// Whole scope tokens
    #[arg(value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// The revision, as 2025-01-20
    #[arg(long, value_name = "DATE", default_value_t = Revision::NEWEST)]
    revision: Revision,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Diff {
    /// The revision to start from
    from: Revision,
    /// The revision to arrive at
    to: Revision,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Retry {
    /// The scope value of the token response
    #[arg(long = "scope", value_name = "VALUE")]
    grant: Grant,
    /// The revision, as 2025-01-20
    #[arg(long, value_name = "DATE", default_value_t = Revision::NEWEST)]
    revision: Revision,
    /// The job to retry: show the request
    #[arg(long, value_name = "NAME")]
    job: Option<JobId>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct ConsentArgs {
    /// The OAuth client
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Where Google sends the user back to
    #[arg(long, value_name = "URI")]
    redirect_uri: RedirectUri,
    #[command(flatten)]
    needed: Needed,
    /// The scope value that is held already
    #[arg(long, value_name = "VALUE", value_parser = held, default_value = "")]
    held: Grant,
    /// The revision, as 2025-01-20
    #[arg(long, value_name = "DATE", default_value_t = Revision::NEWEST)]
    revision: Revision,
    /// Ask for a refresh token as well
    #[arg(long)]
    offline: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct Needed {
    /// A resource group that is needed
    #[arg(long = "resource", value_name = "GROUP")]
    resources: Vec<Resource>,
    /// A service, of which all scopes in the revision are needed
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<Service>,
}

#[derive(Args)]
struct Drift {
    /// A discovery document (JSON), or a saved reference page (text or HTML)
    file: PathBuf,
    /// The revision to compare with, instead of the newest
    #[arg(long, value_name = "DATE")]
    revision: Option<Revision>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Nothing held is an empty value here, though no token response has one.
fn held(value: &str) -> Result<Grant, ScopeValueError> {
    if value.is_empty() {
        Ok(Grant::default())
    } else {
        value.parse()
    }
}

fn main() -> ExitCode {
    let mut out = String::new();
    let answer = match Cli::parse().command {
        Command::List(args) => list(&args, &mut out),
        Command::Check(args) => check(&args, &mut out),
        Command::Diff(args) => diff(&args, &mut out),
        Command::Retry(args) => retry(&args, &mut out),
        Command::Consent(args) => consent(&args, &mut out),
        Command::Drift(args) => drift(&args, &mut out),
    };
    match answer.and_then(|answer| write_out(&out).map(|()| answer)) {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Ok(Answer::Malformed) => ExitCode::from(2),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// All at once at the end. A reader that has read enough, as `head` has, is no error.
fn write_out(out: &str) -> Result<(), Box<dyn Error>> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(out.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

enum Answer {
    Yes,
    No,
    Malformed,
}

fn list(args: &List, out: &mut String) -> Result<Answer, Box<dyn Error>> {
    let of_service = |scope: &Scope| {
        args.service
            .is_none_or(|service| scope.service() == service)
    };
    let scopes: ScopeSet = args.revision.scopes().iter().filter(of_service).collect();
    if args.json {
        let scopes: Vec<_> = scopes
            .iter()
            .map(|scope| {
                let resource = scope.resource();
                json!({
                    "scope": scope,
                    "service": scope.service(),
                    "resource": resource,
                    "label": resource.label(),
                    "description": resource.description(),
                    "category": resource.category(),
                    "category_source": resource.category_source(),
                    "time_filter": resource.time_filter(),
                })
            })
            .collect();
        writeln!(
            out,
            "{}",
            json!({ "revision": args.revision, "scopes": scopes })
        )?;
    } else {
        let of = args
            .service
            .map(|service| format!(" of {}", service.product_name()));
        let (revision, of) = (args.revision, of.unwrap_or_default());
        writeln!(out, "The list of {revision} has {}{of}.", counted(scopes))?;
        print_by_service(scopes, out)?;
    }
    Ok(if scopes.is_empty() {
        Answer::No
    } else {
        Answer::Yes
    })
}

fn print_by_service(scopes: ScopeSet, out: &mut String) -> fmt::Result {
    for service in Service::all() {
        let of_service = scopes & service.scopes();
        if !of_service.is_empty() {
            writeln!(out, "\n{}", service.product_name())?;
        }
        for resource in of_service.iter().map(Scope::resource) {
            writeln!(
                out,
                "  {resource:<44} {:<11} {}",
                resource.category(),
                resource.label()
            )?;
        }
    }
    Ok(())
}

fn check(args: &Check, out: &mut String) -> Result<Answer, Box<dyn Error>> {
    let checked: Vec<_> = args
        .scopes
        .iter()
        .map(|input| (input, input.parse::<Scope>()))
        .collect();
    let status = |scope: &Result<Scope, ParseScopeError>| match scope {
        Ok(scope) if scope.is_listed_in(args.revision) => "known",
        Ok(_) => "other_revision",
        Err(ParseScopeError::Malformed { .. }) => "malformed",
        Err(ParseScopeError::Foreign { .. }) => "foreign",
        Err(_) => "unknown",
    };
    if args.json {
        let scopes: Vec<_> = checked
            .iter()
            .map(|(input, scope)| json!({ "input": input, "status": status(scope) }))
            .collect();
        writeln!(
            out,
            "{}",
            json!({ "revision": args.revision, "scopes": scopes })
        )?;
    } else {
        for (input, scope) in &checked {
            let words = match scope {
                Ok(scope) if scope.listings().is_empty() => "in no revision".to_owned(),
                scope => status(scope).replace('_', " "),
            };
            writeln!(out, "{words:<15} {input:?}")?;
            if let Ok(scope) = scope {
                writeln!(out, "                {}", history(*scope))?;
            }
        }
    }
    for error in checked.iter().filter_map(|(_, scope)| scope.as_ref().err()) {
        eprintln!("{error}");
    }
    let malformed = |scope: &Result<_, _>| matches!(scope, Err(ParseScopeError::Malformed { .. }));
    Ok(if checked.iter().any(|(_, scope)| malformed(scope)) {
        Answer::Malformed
    } else if checked.iter().all(|(_, scope)| status(scope) == "known") {
        Answer::Yes
    } else {
        Answer::No
    })
}

/// When a scope was listed.
fn history(scope: Scope) -> String {
    let stretches: Vec<String> = scope
        .listings()
        .iter()
        .map(|listing| match listing.until {
            Some(until) => format!("from {} until {until}", listing.since),
            None => format!("since {}", listing.since),
        })
        .collect();
    match stretches.as_slice() {
        [] => "on a documentation page, in no published list".to_owned(),
        stretches => format!("listed {}", stretches.join(", and ")),
    }
}

fn diff(args: &Diff, out: &mut String) -> Result<Answer, Box<dyn Error>> {
    let changes = Changes::between(args.from, args.to);
    if args.json {
        writeln!(
            out,
            "{}",
            json!({
                "from": args.from,
                "to": args.to,
                "added": changes.added.iter().collect::<Vec<_>>(),
                "removed": changes.removed.iter().collect::<Vec<_>>(),
            })
        )?;
    } else {
        writeln!(
            out,
            "From {} to {}: {} added, {} removed.",
            args.from,
            args.to,
            changes.added.len(),
            changes.removed.len()
        )?;
        print_changes(changes.added, changes.removed, out)?;
    }
    Ok(Answer::Yes)
}

/// A line for each scope that came or went.
fn print_changes<A, R>(added: A, removed: R, out: &mut String) -> fmt::Result
where
    A: IntoIterator<Item: fmt::Display>,
    R: IntoIterator<Item: fmt::Display>,
{
    for scope in added {
        writeln!(out, "+ {scope}")?;
    }
    for scope in removed {
        writeln!(out, "- {scope}")?;
    }
    Ok(())
}

fn retry(args: &Retry, out: &mut String) -> Result<Answer, Box<dyn Error>> {
    let authorized = ApiMethod::Retry.authorize_in(args.revision, &args.grant);
    let request = match &args.job {
        Some(job) => RetryRequest::under(args.revision, job, &args.grant).ok(),
        None => None,
    };
    if args.json {
        writeln!(
            out,
            "{}",
            json!({
                "allowed": authorized.is_ok(),
                "revision": args.revision,
                "by": authorized.iter().flat_map(Authorized::by).collect::<Vec<_>>(),
                "unrecognized": args.grant.unrecognized().collect::<Vec<_>>(),
                "reason": authorized.as_ref().err().map(ToString::to_string),
                "request": request.as_ref().map(|request| json!({
                    "method": request.method(),
                    "url": request.url(),
                    "body": request.body(),
                })),
            })
        )?;
    } else {
        match &authorized {
            Ok(authorized) => {
                writeln!(
                    out,
                    "Yes: under the revision {}, archiveJobs.retry is allowed by",
                    args.revision
                )?;
                for scope in authorized.by() {
                    writeln!(out, "  {scope}")?;
                }
                // What a no met is in its reason.
                for token in args.grant.unrecognized() {
                    writeln!(out, "Not recognized, and allowing nothing: {token}")?;
                }
            }
            Err(refusal) => writeln!(out, "No: {refusal}.")?,
        }
        if let Some(request) = &request {
            writeln!(
                out,
                "The request, with an empty body:\n  {} {}",
                request.method(),
                request.url()
            )?;
        }
    }
    Ok(if authorized.is_ok() {
        Answer::Yes
    } else {
        Answer::No
    })
}

fn consent(args: &ConsentArgs, out: &mut String) -> Result<Answer, Box<dyn Error>> {
    let needed = needed(&args.needed, args.revision);
    let held = args.held.scopes();
    let mut request = ConsentRequest::new(
        ClientId::new(args.client_id.clone()),
        args.redirect_uri.clone(),
        needed,
    )
    .held(held)
    .revision(args.revision);
    if args.offline {
        request = request.offline();
    }
    let consent = match request.begin(SystemTime::now()) {
        Err(refused @ ConsentError::Unlisted { .. }) => {
            eprintln!("error: {refused}");
            if args.json {
                print_no_url(needed & held, out)?;
            }
            return Ok(Answer::No);
        }
        consent => consent?,
    };
    match consent {
        Consent::Ask(consent) => {
            let pending = &consent.pending;
            if args.json {
                writeln!(
                    out,
                    "{}",
                    json!({
                        "url": consent.url,
                        "requested": pending.requested().iter().collect::<Vec<_>>(),
                        "held": pending.held().iter().collect::<Vec<_>>(),
                        "state": pending.state().secret(),
                        "code_verifier": pending.code_verifier().secret(),
                    })
                )?;
            } else {
                writeln!(out, "Send the user to\n\n{}\n\nwhich asks for", consent.url)?;
                print_by_service(pending.requested(), out)?;
                if !pending.held().is_empty() {
                    writeln!(out, "\nand not for what is held already:")?;
                    print_by_service(pending.held(), out)?;
                }
                writeln!(out, "\nKeep in the user's session, to check the answer:")?;
                writeln!(out, "  state          {}", pending.state().secret())?;
                writeln!(out, "  code verifier  {}", pending.code_verifier().secret())?;
            }
            Ok(Answer::Yes)
        }
        Consent::NothingToAsk => {
            if args.json {
                print_no_url(needed & held, out)?;
            } else {
                writeln!(
                    out,
                    "Nothing to ask: all that is needed is held already ({}).",
                    counted(needed)
                )?;
            }
            Ok(Answer::No)
        }
    }
}

/// The object of a consent that has no URL.
fn print_no_url(held: ScopeSet, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "{}",
        json!({
            "url": null,
            "requested": [],
            "held": held.iter().collect::<Vec<_>>(),
            "state": null,
            "code_verifier": null,
        })
    )
}

fn counted(scopes: ScopeSet) -> String {
    match scopes.len() {
        1 => "1 scope".to_owned(),
        count => format!("{count} scopes"),
    }
}

/// A service stands for what the revision lists of it; if that is nothing, for all it ever had, so
/// that the library says what became of it.
fn needed(needed: &Needed, revision: Revision) -> ScopeSet {
    let mut scopes: ScopeSet = needed.resources.iter().copied().collect();
    for service in &needed.services {
        let listed = service.scopes() & revision.scopes();
        scopes |= if listed.is_empty() {
            service.scopes()
        } else {
            listed
        };
    }
    scopes
}

fn drift(args: &Drift, out: &mut String) -> Result<Answer, Box<dyn Error>> {
    let read = |error: &dyn Error| format!("{}: {error}", args.file.display());
    let file = File::open(&args.file).map_err(|error| read(&error))?;
    let list = PublishedList::read(file).map_err(|error| read(&error))?;
    let drift = match args.revision {
        Some(revision) => list.drift_from(revision),
        None => list.drift(),
    };
    let expected = args.revision.unwrap_or(Revision::NEWEST);
    let current = drift
        .equals
        .is_some_and(|equal| equal.scopes() == expected.scopes());
    if args.json {
        writeln!(
            out,
            "{}",
            json!({
                "equals": drift.equals,
                "nearest": drift.nearest,
                "added": drift.added,
                "removed": drift.removed.iter().collect::<Vec<_>>(),
                "methods_differ": drift.methods_differ,
            })
        )?;
    } else {
        match drift.equals {
            Some(equal) if current => writeln!(out, "Equal to the revision {equal}.")?,
            Some(equal) => writeln!(
                out,
                "Equal to the revision {equal}. Compared with {expected}:"
            )?,
            None => writeln!(
                out,
                "Equal to no revision. Compared with {}:",
                drift.nearest
            )?,
        }
        let drift = match drift.equals {
            // An equal list has nothing to tell: what came and went is told of the newest.
            Some(_) => list.drift_from(expected),
            None => drift,
        };
        print_changes(&drift.added, drift.removed, out)?;
        for id in &drift.methods_differ {
            writeln!(out, "{id} has a list of its own.")?;
        }
    }
    Ok(if current { Answer::Yes } else { Answer::No })
}
