//! One at a time: what changes a session or an export waits for its turn.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

pub(crate) struct Leases<K: Eq + Hash + Clone> {
    taken: Mutex<HashSet<K>>,
    returned: Notify,
}

/// The right to change something, until it is dropped.
pub(crate) struct Lease<'l, K: Eq + Hash + Clone> {
    leases: &'l Leases<K>,
    key: K,
}

impl<K: Eq + Hash + Clone> Default for Leases<K> {
    fn default() -> Leases<K> {
        Leases { taken: Mutex::default(), returned: Notify::new() }
    }
}

impl<K: Eq + Hash + Clone> Leases<K> {
    /// Waits until nobody else has it.
    pub(crate) async fn take(&self, key: K) -> Lease<'_, K> {
        loop {
            // Before asking, so that a lease that is returned meanwhile is noticed.
            let returned = self.returned.notified();
            if let Some(lease) = self.try_take(key.clone()) {
                return lease;
            }
            returned.await;
        }
    }

    pub(crate) fn try_take(&self, key: K) -> Option<Lease<'_, K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(key.clone()).then(|| Lease { leases: self, key })
    }
}

impl<K: Eq + Hash + Clone> Drop for Lease<'_, K> {
    fn drop(&mut self) {
        let mut taken = self.leases.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.key);
        drop(taken);
        self.leases.returned.notify_waiters();
    }
}
