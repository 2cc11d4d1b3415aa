//! Prints the smallest consent URL: for what the app wants, without what the user has granted.
//!
//! ```sh
//! cargo run --example consent_url
//! ```

use std::error::Error;
use std::time::SystemTime;

use dataportability_scopes::{Grant, OAuthClient, PendingConsents, Resource};

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", consent_url(&mut PendingConsents::default())?);
    Ok(())
}

/// Returns the URL, and adds what its callback is checked against to the pending consents of the
/// user's session.
pub(crate) fn consent_url(session: &mut PendingConsents) -> Result<String, Box<dyn Error>> {
    let google = OAuthClient::new(
        "1234.apps.googleusercontent.com",
        "https://app.example.com/callback".parse()?,
    );
    // The `scope` of an earlier token response of the same Google account, as the app stored it.
    let granted: Grant = "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;

    let now = SystemTime::now();
    let consent = google
        .consent([Resource::YoutubeClips, Resource::ChromeHistory])
        .already_granted(&granted)
        .authorize_url(now)?
        .ok_or("everything is already granted")?;
    session.insert(consent.pending, now);
    Ok(consent.url.into())
}
