//! Conversions to and from the types of `oauth2`.

use std::string::{String, ToString};
use std::vec::Vec;

use oauth2::{RefreshToken, TokenResponse};

use super::token_response::TokenScopeError;
use crate::catalogue::{ParseScopeError, Resource, Scope};
use crate::grant::{Grant, RequestedScopes};
use crate::secret_runs::SecretRuns;

impl From<Scope> for oauth2::Scope {
    fn from(scope: Scope) -> oauth2::Scope {
        oauth2::Scope::new(scope.to_string())
    }
}

impl From<Resource> for oauth2::Scope {
    fn from(resource: Resource) -> oauth2::Scope {
        resource.scope().into()
    }
}

impl TryFrom<&oauth2::Scope> for Scope {
    type Error = ParseScopeError;

    fn try_from(scope: &oauth2::Scope) -> Result<Scope, ParseScopeError> {
        scope.as_str().parse()
    }
}

impl TryFrom<oauth2::Scope> for Scope {
    type Error = ParseScopeError;

    fn try_from(scope: oauth2::Scope) -> Result<Scope, ParseScopeError> {
        Scope::try_from(&scope)
    }
}

impl TryFrom<&oauth2::Scope> for Resource {
    type Error = ParseScopeError;

    fn try_from(scope: &oauth2::Scope) -> Result<Resource, ParseScopeError> {
        Scope::try_from(scope).map(Scope::resource)
    }
}

impl Grant {
    /// Returns the grant of a token response that was read with `oauth2`'s own client. If the
    /// response has no `scope`, everything that was requested is granted (RFC 6749, section 5.1).
    ///
    /// # Errors
    ///
    /// Fails if the response's scopes do not form a scope value, or if one of them repeats a token.
    /// `oauth2` accepts an empty value, two spaces in a row, and bytes that the grammar excludes.
    ///
    /// ```
    /// use dataportability_scopes::oauth2::basic::BasicTokenResponse;
    /// use dataportability_scopes::catalogue::{Resource, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let response: BasicTokenResponse =
    ///     serde_json::from_str(r#"{"access_token": "…", "token_type": "bearer"}"#)?;
    /// let requested = ScopeSet::from_resources(&[Resource::YoutubeClips]);
    /// assert_eq!(Grant::from_token_response(&response, requested)?.scopes(), requested);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_token_response(
        response: &impl TokenResponse,
        requested: impl Into<RequestedScopes>,
    ) -> Result<Grant, TokenScopeError> {
        let value = response.scopes().map(|scopes| {
            let tokens: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            tokens.join(" ")
        });
        let grant = Grant::from_scope_param(value.as_deref(), requested)?;
        let tokens = [
            Some(response.access_token().secret()),
            response.refresh_token().map(RefreshToken::secret),
        ];
        let secrets = SecretRuns::of(tokens.into_iter().flatten().map(String::as_str));
        if grant.unrecognized().any(|token| secrets.meet(token)) {
            return Err(TokenScopeError::Secret);
        }
        Ok(grant)
    }
}
