//! What an app has stored is read whole or refused, and is stored again as the same.
#![no_main]

use dataportability_scopes::Endpoint;
use dataportability_scopes::api::export::Export;
use dataportability_scopes::api::{AccessType, AccessTypes, ApiMethod, JobId, SignedUrl, State};
use dataportability_scopes::catalogue::{
    Category, Date, Resource, Revision, Scope, ScopeSet, Service, UnlistedScope,
};
use dataportability_scopes::consent::{
    AccessPeriod, Exchanged, PendingConsents, RedirectUri, Tokens,
};
use dataportability_scopes::grant::{Grant, GrantComparison, RequestedScopes};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|input: &[u8]| {
    let [kind, json @ ..] = input else { return };
    let kinds: [fn(&[u8]); 24] = [
        same::<Grant>,
        same::<GrantComparison>,
        same::<RequestedScopes>,
        same::<ScopeSet>,
        same::<Scope>,
        same::<UnlistedScope>,
        same::<Resource>,
        same::<Service>,
        same::<Category>,
        same::<Revision>,
        same::<Date>,
        same::<ApiMethod>,
        same::<JobId>,
        same::<State>,
        same::<AccessType>,
        same::<AccessTypes>,
        same::<SignedUrl>,
        same::<Endpoint>,
        same::<RedirectUri>,
        same::<PendingConsents>,
        same::<AccessPeriod>,
        same::<Tokens>,
        same::<Exchanged>,
        same::<Export>,
    ];
    kinds[usize::from(*kind) % kinds.len()](json);
});

fn same<T: Serialize + DeserializeOwned>(json: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(json) else {
        return;
    };
    let stored = serde_json::to_string(&read).expect("stored");
    let again: T = serde_json::from_str(&stored).expect("read back");
    assert_eq!(serde_json::to_string(&again).expect("stored again"), stored);
}
