//! To and from the types of `oauth2`.

use dataportability_scopes::catalogue::{ParseScopeError, Resource, Scope, ScopeValueError};
use dataportability_scopes::consent::TokenScopeError;
use dataportability_scopes::grant::Grant;
use dataportability_scopes::oauth2;
use dataportability_scopes::oauth2::basic::BasicTokenResponse;

use super::{ACCESS_TOKEN, CLIPS, REFRESH_TOKEN, UNLISTED, with_unlisted};

#[test]
fn every_scope_converts_to_oauth2_and_back() {
    for resource in Resource::all() {
        let scope = resource.scope();
        let theirs = oauth2::Scope::from(scope);
        assert_eq!(theirs.as_str(), scope.as_str());
        assert_eq!(oauth2::Scope::from(resource), theirs);
        assert_eq!(Scope::try_from(&theirs), Ok(scope));
        assert_eq!(Resource::try_from(&theirs), Ok(resource));
        assert_eq!(Scope::try_from(theirs), Ok(scope));
    }
    let other = oauth2::Scope::new("openid".into());
    let error: ParseScopeError = "openid".parse::<Scope>().unwrap_err();
    assert_eq!(Scope::try_from(&other), Err(error.clone()));
    assert_eq!(Resource::try_from(&other), Err(error.clone()));
    assert_eq!(Scope::try_from(other), Err(error));
}

#[test]
fn a_token_response_of_oauth2s_own_client_is_read_as_strictly_as_any() {
    let read = |scope: &str| {
        let json = format!(r#"{{"access_token": "x", "token_type": "bearer"{scope}}}"#);
        let response: BasicTokenResponse = serde_json::from_str(&json).unwrap();
        Grant::from_token_response(&response, with_unlisted(CLIPS))
    };
    assert_eq!(read(""), Ok(Grant::from(with_unlisted(CLIPS))));
    let narrower = read(&format!(r#", "scope": "{UNLISTED}""#)).unwrap();
    assert!(narrower.scopes().is_empty());
    assert!(narrower.unrecognized().eq([UNLISTED]));
    let malformed = |error| Err(TokenScopeError::Grammar(error));
    let error = ScopeValueError::EmptyToken { position: 2 };
    assert_eq!(read(r#", "scope": "a  b""#), malformed(error));
    assert_eq!(read(r#", "scope": """#), malformed(ScopeValueError::Empty));
}

#[test]
fn a_scope_that_repeats_a_token_is_refused_from_oauth2s_own_client_as_well() {
    for scope in [ACCESS_TOKEN, REFRESH_TOKEN] {
        let json = serde_json::json!({
            "access_token": ACCESS_TOKEN,
            "refresh_token": REFRESH_TOKEN,
            "token_type": "bearer",
            "scope": scope,
        });
        let response: BasicTokenResponse = serde_json::from_value(json).unwrap();
        let error = Grant::from_token_response(&response, CLIPS).unwrap_err();
        assert_eq!(error, TokenScopeError::Secret);
    }
}
