//! Times as the API writes them.

use std::time::{Duration, SystemTime};

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// Writes a time in RFC 3339. A time that has no such form is replaced with the nearest that has
/// one.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(LAST);
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since).to_string()
}
