//! Checks scopes before an app asks for them: does each exist, and does Google still list it?
//!
//! Run it with the scopes of your configuration. It exits with 1 if Google would refuse one, so a
//! CI job can use it as it is:
//!
//! ```sh
//! cargo run --example check_scopes -- https://www.googleapis.com/auth/dataportability.youtube.clips
//! ```

use std::process::ExitCode;

use dataportability_scopes::{Revision, Scope};

fn main() -> ExitCode {
    let scopes: Vec<String> = std::env::args().skip(1).collect();
    let refused: Vec<String> = scopes.iter().filter_map(|scope| problem(scope)).collect();
    for problem in &refused {
        eprintln!("{problem}");
    }
    println!(
        "{} of {} scopes can be requested under the revision {}",
        scopes.len() - refused.len(),
        scopes.len(),
        Revision::NEWEST,
    );
    ExitCode::from(u8::from(!refused.is_empty()))
}

/// Returns why Google would refuse a scope today, or `None` if it would not.
pub(crate) fn problem(token: &str) -> Option<String> {
    // The error suggests what may have been meant.
    let scope = match token.parse::<Scope>() {
        Ok(scope) => scope,
        Err(error) => return Some(error.to_string()),
    };
    if scope.is_listed() {
        return None;
    }
    Some(match scope.listings().last().and_then(|last| last.until) {
        Some(until) => format!("{scope} was withdrawn on {until}"),
        None => format!("{scope} is on no published list"),
    })
}
