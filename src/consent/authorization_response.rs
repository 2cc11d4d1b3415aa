use std::fmt;

use oauth2::{AuthorizationCode, PkceCodeVerifier};

use super::callback::{Callback, CallbackError};
use super::pending_consents::PendingConsent;
use super::redirect_uri::RedirectUri;
use crate::grant::{Grant, RequestedScopes};

/// A verified authorization response: the user agreed, at least in part.
///
/// [Exchange](super::TokenClient::exchange) it for tokens. `Debug` shows none of its secrets.
///
/// Source: RFC 6749, section 4.1.2.
pub struct AuthorizationResponse {
    code: AuthorizationCode,
    code_verifier: PkceCodeVerifier,
    redirect_uri: RedirectUri,
    requested: RequestedScopes,
    /// The callback's `scope`, if it has a well-formed one.
    callback_scope: Option<Grant>,
}

impl AuthorizationResponse {
    pub(super) fn new(
        pending: PendingConsent,
        callback: Callback,
    ) -> Result<AuthorizationResponse, CallbackError> {
        if callback.issuer.is_some_and(|it| it != pending.issuer) {
            return Err(CallbackError::WrongIssuer);
        }
        if let Some(error) = callback.error {
            return Err(CallbackError::Denied { error });
        }
        let code = callback
            .code
            .ok_or(CallbackError::Missing { parameter: "code" })?;
        Ok(AuthorizationResponse {
            code: AuthorizationCode::new(code),
            code_verifier: pending.code_verifier,
            redirect_uri: pending.redirect_uri,
            requested: pending.requested,
            callback_scope: callback.scope.and_then(|scope| scope.parse().ok()),
        })
    }

    /// Returns the code. It can be exchanged once.
    #[must_use = "a code that is not exchanged grants nothing"]
    pub fn code(&self) -> &AuthorizationCode {
        &self.code
    }

    /// Returns the code verifier, which the token endpoint checks.
    #[must_use]
    pub fn code_verifier(&self) -> &PkceCodeVerifier {
        &self.code_verifier
    }

    /// Returns the redirect URI, which the token endpoint checks.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// Returns the scopes that were requested.
    #[must_use]
    pub fn requested(&self) -> &RequestedScopes {
        &self.requested
    }

    /// Returns what a token response without `scope` grants: what was requested (RFC 6749, section
    /// 5.1), except for scopes that the callback leaves out. The callback's `scope` comes from the
    /// browser, so it cannot add anything.
    pub(super) fn implied_grant(&self) -> Grant {
        let Some(named) = &self.callback_scope else {
            return self.requested.clone().into();
        };
        let comparison = named.compare(self.requested.clone());
        let granted = RequestedScopes {
            scopes: comparison.granted,
            unlisted: comparison.granted_unlisted,
        };
        granted.into()
    }
}

/// Omits the code, the code verifier, and what the callback says.
impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("redirect_uri", &self.redirect_uri)
            .field("requested", &self.requested)
            .finish_non_exhaustive()
    }
}
