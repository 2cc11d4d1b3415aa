//! `retry`: whether a grant allows `archiveJobs.retry`.

use std::error::Error;

use clap::Args;
use dataportability_scopes::api::{ApiMethod, Authorized, JobId, RetryRequest};
use serde_json::json;

use crate::Answer;
use crate::argument::{Format, RevisionArg, scope_value};
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BAD, GOOD, paint};

/// Tell whether a grant allows archiveJobs.retry.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes retry --scope https://www.googleapis.com/auth/dataportability.youtube.clips",
    "dataportability-scopes retry --job 3f1c6f2e \\
    --scope \"openid https://www.googleapis.com/auth/dataportability.maps.reviews\"",
]))]
pub(crate) struct RetryArgs {
    /// The scope value of the token response
    #[arg(long, value_name = "VALUE")]
    scope: String,
    /// The job to retry, to see the request
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    #[command(flatten)]
    revision: RevisionArg,
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &RetryArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let revision = args.revision.revision;
    let grant = scope_value("--scope", &args.scope)?;
    let job: Option<JobId> = args.job.as_deref().map(str::parse).transpose()?;
    let authorized = ApiMethod::Retry.authorize_in(revision, &grant);
    let request = job.and_then(|job| RetryRequest::new_in(revision, &job, &grant).ok());
    if args.format.json {
        out.print_json(&json!({
            "allowed": authorized.is_ok(),
            "revision": revision,
            "by": authorized.iter().flat_map(Authorized::granted_by).collect::<Vec<_>>(),
            "unrecognized": grant.unrecognized().collect::<Vec<_>>(),
            "reason": authorized.as_ref().err().map(ToString::to_string),
            "request": request.as_ref().map(|request| json!({
                "method": request.method(),
                "url": request.url(),
                "body": request.body(),
            })),
        }));
    } else {
        match &authorized {
            Ok(authorized) => {
                let yes = paint(GOOD, "Yes:");
                out.print_line(format_args!(
                    "{yes} under the revision {revision}, archiveJobs.retry is allowed by"
                ));
                for scope in authorized.granted_by() {
                    out.print_line(format_args!("  {}", args.format.scope(scope)));
                }
                // The reason of a no names these too.
                for token in grant.unrecognized() {
                    out.print_line(format_args!("Not recognized, and allows nothing: {token}"));
                }
            }
            Err(refusal) => out.print_line(format_args!("{} {refusal}.", paint(BAD, "No:"))),
        }
        if let Some(request) = &request {
            out.print_line(format_args!(
                "The request, with an empty body:\n  {} {}",
                request.method(),
                request.url()
            ));
        }
    }
    Ok(if authorized.is_ok() {
        Answer::Yes
    } else {
        Answer::No
    })
}
