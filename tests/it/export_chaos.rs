//! Exports through crashes, lost responses and other faults, counted by the server.

use std::collections::BTreeMap;
use std::time::Duration;

use dataportability_scopes::api::export::{Export, GiveUpReason, Step};
use dataportability_scopes::catalogue::Resource;
use fastrand::Rng;
use stand_in::{Access, Faults, Rates};

use crate::export_world::{DAY, HOUR, Trouble, World, config, listed, run_through};

fn faults(random: &mut Rng) -> Faults {
    let mut rates = |most: f64| Rates {
        lost_requests: random.f64() * most,
        lost_responses: random.f64() * most,
        repeats: random.f64() * most,
        server_errors: random.f64() * most,
        too_many_requests: random.f64() * most,
        ..Rates::default()
    };
    Faults {
        api: rates(0.15),
        tokens: Rates::default(),
        downloads: rates(0.1),
        job_failure: random.f64() * 0.7,
        retry_after: Duration::from_secs(random.u64(1..5000)),
        ..Faults::default()
    }
}

fn world(seed: u64, random: &mut Rng) -> (World, Resource) {
    let mut config = config(seed);
    config.faults = faults(random);
    config.job_duration = match random.u8(..4) {
        0 => Duration::from_secs(1)..=HOUR,
        1 => HOUR..=HOUR * 20,
        2 => HOUR..=DAY * 6,
        _ => DAY..=DAY * 9,
    };
    config.archive_parts = random.u32(1..4);
    let access = [Access::OneTime, Access::Days30, Access::Days180][random.usize(..3)];
    let resource = listed(random.u8(..3) > 0);
    (World::new(config, access, resource), resource)
}

#[test]
fn every_export_ends_and_no_rule_is_broken_whatever_is_lost_and_whenever_the_app_crashes() {
    let (mut crashes, mut doubled) = (0, 0);
    let mut ends = BTreeMap::<&str, u32>::new();
    for seed in 0..250 {
        let mut random = Rng::with_seed(seed);
        let (mut world, resource) = world(seed, &mut random);
        let trouble = Trouble {
            crash: random.f64() * 0.15,
            longest_down: match random.u8(..10) {
                0 => DAY * 3,
                hours => HOUR * u32::from(hours) / 2,
            },
            late: random.f64() * 0.15,
            clock_error: Duration::from_secs(random.u64(..3600)),
        };
        let export = Export::new(resource, random.u32(..), world.now);
        let end = run_through(&mut world, export, trouble, &mut random);

        let audit = world.google.audit();
        assert!(audit.is_clean(), "seed {seed}: {:#?}", audit.violations);
        // If nothing gets through for a day, Google allows another job, and the app cannot know of
        // the first. Nothing else may start a second.
        let archives = world.archives_started_at();
        for pair in archives.windows(2) {
            assert!(pair[1] >= pair[0] + DAY, "seed {seed}: {end:#?}");
        }
        crashes += end.crashes;
        doubled += u32::from(archives.len() > 1);
        assert!(audit.total.retries <= 3, "seed {seed}");
        assert!(end.export.retries() <= 3, "seed {seed}");
        *ends
            .entry(match end.step {
                Step::Done => "done",
                Step::GivenUp(GiveUpReason::RetriesUsedUp) => "retries used up",
                Step::GivenUp(GiveUpReason::JobTookTooLong) => "took too long",
                Step::GivenUp(GiveUpReason::ArchiveExpired) => "expired",
                Step::RequestConsent(_) => "consent",
                _ => "other",
            })
            .or_default() += 1;
    }
    assert!(doubled <= 5, "{doubled}");
    assert!(crashes > 5000, "{crashes}");
    // Every way to end occurs, and most exports end in a download.
    assert!(ends["done"] > 100, "{ends:?}");
    assert!(ends["retries used up"] > 5, "{ends:?}");
    assert!(ends["took too long"] > 5, "{ends:?}");
}
