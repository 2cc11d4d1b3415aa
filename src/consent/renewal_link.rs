use std::format;
use std::string::String;

/// Returns the link where a user can renew time-based access to an app in production, from 90 days
/// before the access ends. `project_number` is the number of the app's Google Cloud project.
///
/// Source: "Renewal" of the Data Portability user guide.
///
/// ```
/// use dataportability_scopes::consent::renewal_link;
///
/// assert_eq!(
///     renewal_link(1234),
///     "https://myaccount.google.com/connections/link?project_number=1234"
/// );
/// ```
#[must_use]
pub fn renewal_link(project_number: u64) -> String {
    format!("https://myaccount.google.com/connections/link?project_number={project_number}")
}
