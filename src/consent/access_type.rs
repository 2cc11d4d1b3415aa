/// Whether the app may call the API while the user is away: the parameter `access_type`.
///
/// Source: "Using OAuth 2.0 for Web Server Applications", Google Identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum AccessType {
    /// Only an access token, for about an hour. This is Google's default.
    #[default]
    Online,
    /// Also a refresh token. Needed for exports that take longer than an hour, for time-based
    /// access, and to learn for how long the user gave access.
    Offline,
}
