//! `allows`: whether a grant allows a method of the API.

use std::error::Error;

use clap::Args;
use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::call::{CallError, Endpoints, HttpCall};
use dataportability_scopes::catalogue::{NewerScope, ParseNameError, Revision, Scope, Scopes};
use dataportability_scopes::grant::{Access, Grant};
use dataportability_scopes::http::Request;
use serde_json::json;

use crate::Answer;
use crate::argument::{Format, RevisionArg, offer, scope_value};
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BAD, GOOD, paint};

/// Tell whether a grant allows a method of the API.
///
/// One listed scope allows a call. An export needs the scopes of all its resources besides.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes allows archiveJobs.retry \\
    --scope https://www.googleapis.com/auth/dataportability.youtube.clips",
    "dataportability-scopes allows archiveJobs.cancel --job 3f1c6f2e \\
    --scope \"openid https://www.googleapis.com/auth/dataportability.maps.reviews\"",
]))]
pub(crate) struct AllowsArgs {
    /// The method, as "archiveJobs.retry" or "retry"
    #[arg(value_name = "METHOD", value_parser = method, add = offer(method_names))]
    method: ApiMethod,
    /// The scope value of the token response
    #[arg(long, value_name = "VALUE")]
    scope: String,
    /// The job, to see the request
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    #[command(flatten)]
    revision: RevisionArg,
    #[command(flatten)]
    format: Format,
}

/// Reads the id of a method, or the last part of one.
fn method(input: &str) -> Result<ApiMethod, ParseNameError> {
    let last = |method: &ApiMethod| method.id().rsplit('.').next() == Some(input);
    match ApiMethod::all().find(last) {
        Some(method) => Ok(method),
        None => input.parse(),
    }
}

fn method_names() -> Vec<&'static str> {
    ApiMethod::all().map(ApiMethod::id).collect()
}

pub(crate) fn run(args: &AllowsArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let (method, revision) = (args.method, args.revision.revision);
    let grant = scope_value("--scope", &args.scope)?;
    let job: Option<JobId> = args.job.as_deref().map(str::parse).transpose()?;
    let request = job.map(|job| request(method, &job)).transpose()?;
    let allowed = grant.check_allows_in(revision, method);
    let request = request.filter(|_| allowed.is_ok());
    let by: Vec<Scope> = (grant.scopes().known() & method.scopes_in(revision)).iter().collect();
    let newer = grant.scopes().newer().map(NewerScope::as_str);
    let unrecognized: Vec<&str> = newer.chain(grant.others()).collect();
    if args.format.json {
        out.print_json(&json!({
            "allowed": allowed.is_ok(),
            "revision": revision,
            "by": by,
            "unrecognized": unrecognized,
            "reason": allowed.as_ref().err().map(ToString::to_string),
            "request": request.as_ref().map(|request| json!({
                "method": request.method().as_str(),
                "url": request.uri().to_string(),
                "body": String::from_utf8_lossy(request.body()),
            })),
        }));
    } else {
        match &allowed {
            Ok(()) => {
                let yes = paint(GOOD, "Yes:");
                out.print_line(format_args!(
                    "{yes} under the revision {revision}, {method} is allowed by"
                ));
                for scope in by {
                    out.print_line(format_args!("  {}", args.format.scope(scope)));
                }
                // The reason of a no names these too.
                for token in unrecognized {
                    out.print_line(format_args!("Not recognized, and allows nothing: {token}"));
                }
            }
            Err(refusal) => out.print_line(format_args!("{} {refusal}.", paint(BAD, "No:"))),
        }
        if let Some(request) = &request {
            out.print_line(format_args!(
                "The request, with an empty body:\n  {} {}",
                request.method(),
                request.uri()
            ));
        }
    }
    Ok(Answer::of(allowed.is_ok()))
}

/// Returns the request for a job, made with every scope: what the grant allows is checked before.
fn request(method: ApiMethod, job: &JobId) -> Result<Request<Vec<u8>>, Box<dyn Error>> {
    let everything = Grant::from(Scopes::from(Revision::NEWEST.scopes()));
    let endpoints = Endpoints::default();
    let access = Access::new(&endpoints, "TOKEN", &everything);
    let request: Result<Request<Vec<u8>>, CallError> = match method {
        ApiMethod::Cancel => access.cancel(job)?.to_request(),
        ApiMethod::GetState => access.state(job)?.to_request(),
        ApiMethod::Retry => access.retry(job)?.to_request(),
        other => return Err(format!("--job: {other} takes no job; leave it out").into()),
    };
    Ok(request?)
}
