//! Says what a token allows, given the `scope` of its token response.
//!
//! ```sh
//! cargo run --example may_retry -- https://www.googleapis.com/auth/dataportability.youtube.clips
//! ```

use std::error::Error;

use dataportability_scopes::{ApiMethod, Grant, Resource};

fn main() -> Result<(), Box<dyn Error>> {
    let tokens: Vec<String> = std::env::args().skip(1).collect();
    for answer in answers(&tokens.join(" "))? {
        println!("{answer}");
    }
    Ok(())
}

/// Returns a sentence for each question.
pub(crate) fn answers(scope_value: &str) -> Result<[String; 2], Box<dyn Error>> {
    let grant: Grant = scope_value.parse()?;

    // Any one listed scope allows the call.
    let retry = match grant.check_allows(ApiMethod::Retry) {
        Ok(()) => "the token may retry an archive job".into(),
        Err(error) => error.to_string(),
    };
    // A job needs the scopes of all its resources.
    let clips = match grant.check_covers([Resource::YoutubeClips]) {
        Ok(()) => "the token covers an export of youtube.clips".into(),
        Err(error) => error.to_string(),
    };
    Ok([retry, clips])
}
