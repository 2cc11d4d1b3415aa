//! Which grants allow which calls, under every revision.

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{Date, Resource, Revision, Scope, ScopeSet};
use dataportability_scopes::grant::Grant;

fn grant(value: &str) -> Grant {
    value.parse().expect("a scope value")
}

#[test]
fn any_one_listed_scope_suffices_and_a_scope_of_another_revision_does_not() {
    for method in ApiMethod::all() {
        for revision in Revision::all() {
            let sufficient = method.scopes(revision);
            assert!(sufficient.is_empty() || sufficient == revision.scopes());
            for scope in Scope::all() {
                let grant = Grant::from(ScopeSet::from(scope));
                match method.authorize_in(revision, &grant) {
                    Ok(authorized) => {
                        assert!(sufficient.contains(scope), "{method} {revision} {scope}");
                        assert_eq!(authorized.granted_by(), scope.into());
                        assert_eq!(authorized.revision(), revision);
                        assert_eq!(authorized.method(), method);
                    }
                    Err(error) => {
                        assert!(!sufficient.contains(scope), "{method} {revision} {scope}");
                        assert_eq!(error.unlisted(), grant.scopes() - revision.scopes());
                        assert_eq!(error.sufficient(), sufficient);
                    }
                }
            }
        }
    }
}

#[test]
fn youtube_clips_alone_allow_a_retry_under_2025_01_20_and_not_under_2024_04_10() {
    let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
    assert!(
        ApiMethod::Retry
            .authorize_in(Revision::R2025_01_20, &grant)
            .is_ok()
    );
    assert!(
        ApiMethod::Retry
            .authorize_in(Revision::R2024_04_10, &grant)
            .is_err()
    );
}

#[test]
fn the_newest_revision_counts_unless_another_is_named() {
    for scope in Scope::all() {
        let grant = Grant::from(ScopeSet::from(scope));
        assert_eq!(
            ApiMethod::Retry.authorize(&grant).is_ok(),
            scope.is_listed_in(Revision::NEWEST)
        );
    }
}

#[test]
fn a_call_is_allowed_by_all_listed_scopes_of_the_grant_and_by_no_other() {
    let value = format!("openid {}", ScopeSet::ALL);
    for revision in Revision::all() {
        let authorized = ApiMethod::Retry
            .authorize_in(revision, &grant(&value))
            .expect("allowed");
        assert_eq!(authorized.granted_by(), revision.scopes());
    }
}

#[test]
fn an_empty_grant_and_unrecognized_scopes_allow_no_method_under_any_revision() {
    for revision in Revision::all() {
        for method in ApiMethod::all() {
            for held in [
                Grant::default(),
                grant("openid"),
                grant("https://www.googleapis.com/auth/dataportability.youtube.dreams"),
                grant("https://www.googleapis.com/auth/dataportability."),
                (ScopeSet::ALL - revision.scopes()).into(),
            ] {
                assert!(
                    method.authorize_in(revision, &held).is_err(),
                    "{method} {held}"
                );
            }
        }
    }
}

#[test]
fn the_error_names_what_the_grant_has_and_what_the_call_needs() {
    let refusal = |value: &str, revision| {
        ApiMethod::Retry
            .authorize_in(revision, &grant(value))
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(
        ApiMethod::Retry
            .authorize_in(Revision::R2026_07_19, &Grant::default())
            .expect_err("refused")
            .to_string(),
        "archiveJobs.retry needs one of the 73 scopes that the revision 2026-07-19 lists; the grant has none at all"
    );
    // Until a list has it.
    let fitbit = if Resource::FitbitDeviceEvents.scope().listings().is_empty() {
        "in no revision"
    } else {
        "only in other revisions"
    };
    assert_eq!(
        refusal(
            "openid \
             https://www.googleapis.com/auth/dataportability.youtube.clips \
             https://www.googleapis.com/auth/dataportability.youtube.dreams \
             https://www.googleapis.com/auth/dataportability.fitbit.device_events",
            Revision::R2024_04_10
        ),
        format!(
            "archiveJobs.retry needs one of the 63 scopes that the revision 2024-04-10 lists; the grant has only: \
             https://www.googleapis.com/auth/dataportability.fitbit.device_events ({fitbit}), \
             https://www.googleapis.com/auth/dataportability.youtube.clips (only in other revisions), \
             https://www.googleapis.com/auth/dataportability.youtube.dreams (not in the catalogue), \
             openid (not a Data Portability scope)"
        )
    );
    assert_eq!(
        refusal("a b c d e f g", Revision::R2026_07_19),
        "archiveJobs.retry needs one of the 73 scopes that the revision 2026-07-19 lists; the grant has only: \
         a (not a Data Portability scope), b (not a Data Portability scope), c (not a Data Portability scope), \
         d (not a Data Portability scope), e (not a Data Portability scope) and 2 more"
    );
}

#[test]
fn a_method_is_not_allowed_under_a_revision_that_was_replaced_before_it_existed() {
    let everything = Grant::from(ScopeSet::ALL);
    for method in ApiMethod::all() {
        for revision in Revision::all() {
            let there = revision
                .newer()
                .is_none_or(|next| next.date() > method.since());
            let answer = method.authorize_in(revision, &everything);
            assert_eq!(answer.is_ok(), there, "{method} under {revision}");
            assert_eq!(method.scopes(revision).is_empty(), !there);
        }
    }
    assert_eq!(
        ApiMethod::Cancel
            .authorize_in(Revision::R2024_04_10, &everything)
            .expect_err("refused")
            .to_string(),
        "archiveJobs.cancel did not exist under the revision 2024-04-10: the API has had it since 2025-02-12"
    );
}

#[test]
fn the_six_methods_are_as_documented() {
    let day = |method: ApiMethod| method.since().to_string();
    let methods: Vec<_> = ApiMethod::all()
        .map(|method| {
            (
                method.id(),
                method.http_method(),
                method.path(),
                day(method),
            )
        })
        .collect();
    let expected = [
        (
            "accessType.check",
            "POST",
            "/v1/accessType:check",
            "2025-03-05",
        ),
        (
            "archiveJobs.cancel",
            "POST",
            "/v1/{name=archiveJobs/*}:cancel",
            "2025-02-12",
        ),
        (
            "archiveJobs.getPortabilityArchiveState",
            "GET",
            "/v1/{name=archiveJobs/*/portabilityArchiveState}",
            "2024-01-30",
        ),
        (
            "archiveJobs.retry",
            "POST",
            "/v1/{name=archiveJobs/*}:retry",
            "2024-01-30",
        ),
        (
            "authorization.reset",
            "POST",
            "/v1/authorization:reset",
            "2024-01-30",
        ),
        (
            "portabilityArchive.initiate",
            "POST",
            "/v1/portabilityArchive:initiate",
            "2024-01-30",
        ),
    ]
    .map(|(id, http, path, since)| (id, http, path, since.to_owned()));
    assert_eq!(methods, expected);
    for method in ApiMethod::all() {
        assert_eq!(method.to_string(), method.id());
        assert_eq!(method.id().parse(), Ok(method));
        assert!(method.since() >= Date::new(2024, 1, 30).expect("a day"));
    }
    assert_eq!(
        "archiveJobs.retyr"
            .parse::<ApiMethod>()
            .expect_err("unknown")
            .to_string(),
        r#"unknown method "archiveJobs.retyr"; did you mean "archiveJobs.retry"?"#
    );
}

#[test]
fn resources_need_all_their_scopes_and_what_is_missing_is_named() {
    for revision in Revision::all() {
        let wanted = revision.scopes();
        assert!(
            Grant::from(wanted)
                .check_covers_in(revision, wanted)
                .is_ok()
        );
        for scope in wanted {
            let grant = Grant::from(wanted.without(scope));
            let error = grant
                .check_covers_in(revision, wanted)
                .expect_err("not covered");
            assert_eq!(error.missing(), scope.into());
            assert_eq!(error.revision(), revision);
            assert_eq!(grant.covered_in(revision, wanted), wanted.without(scope));
            assert!(ApiMethod::Initiate.authorize_in(revision, &grant).is_ok());
        }
    }
}

#[test]
fn a_resource_that_the_revision_does_not_list_is_not_covered() {
    let everything = Grant::from(ScopeSet::ALL);
    for revision in Revision::all() {
        for scope in Scope::all() {
            let covered = everything.check_covers_in(revision, scope.into()).is_ok();
            assert_eq!(covered, scope.is_listed_in(revision));
        }
    }
    let messages = ScopeSet::from_resources(&[
        Resource::BusinessmessagingConversations,
        Resource::ChromeHistory,
    ]);
    assert_eq!(
        everything
            .check_covers_in(Revision::R2026_07_19, messages)
            .expect_err("withdrawn")
            .to_string(),
        "the grant does not cover all resources under the revision 2026-07-19; \
         missing: businessmessaging.conversations (not in the revision)"
    );
}

#[test]
fn an_empty_requirement_is_covered_by_no_grant() {
    let everything = Grant::from(ScopeSet::ALL);
    let error = everything
        .check_covers(ScopeSet::EMPTY)
        .expect_err("nothing is named");
    assert_eq!(error.to_string(), "no resource is named: name at least one");
}

#[test]
fn whether_a_grant_allows_a_call_is_the_same_with_and_without_the_reason() {
    for method in ApiMethod::all() {
        for scope in Scope::all() {
            let grant = Grant::from(ScopeSet::from(scope));
            let is_authorized = method.is_authorized_by(&grant);
            assert_eq!(is_authorized, method.authorize(&grant).is_ok());
            assert_eq!(is_authorized, scope.is_listed_in(Revision::NEWEST));
        }
        assert!(!method.is_authorized_by(&Grant::default()));
    }
}
