//! Random histories against a Google that may answer anything.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use dataportability_scopes::api::export::{ConsentReason, Exports, Progress, Step};
use dataportability_scopes::call::{Endpoints, send};
use dataportability_scopes::catalogue::{Resource, Scopes};
use dataportability_scopes::grant::{Access, Grant};
use fastrand::Rng;

use crate::google::{DAY, Google, HOUR, MINUTE, Metadata, Premise, RetryTime};
use crate::person::start;

/// Resources that the newest list has, whatever it is.
fn groups() -> Vec<Resource> {
    Resource::all().filter(|resource| resource.scope().is_listed()).step_by(9).take(6).collect()
}

fn premise(groups: &[Resource], rng: &mut Rng) -> Premise {
    let withdrawn = (rng.u32(..10) == 0).then(|| {
        let group = groups[rng.usize(..groups.len())];
        (group.name().to_owned(), start() + HOUR * rng.u32(..40))
    });
    Premise {
        per_client: rng.bool(),
        one_time: rng.u32(..4) == 0,
        odd: [0, 5, 20, 60][rng.usize(..4)],
        lost: [0, 3, 10, 40][rng.usize(..4)],
        project_ready: match rng.u32(..4) {
            0 => start() + HOUR * rng.u32(..200),
            _ => start(),
        },
        metadata: [
            Metadata::Documented,
            Metadata::OtherKeys,
            Metadata::JobId,
            Metadata::MessageOnly,
            Metadata::None,
        ][rng.usize(..5)],
        retry_time: [RetryTime::Right, RetryTime::Past, RetryTime::Absent][rng.usize(..3)],
        failing: [0, 20, 60, 100][rng.usize(..4)],
        withdrawn,
    }
}

struct History {
    google: Google,
    rng: Rng,
    exports: Exports,
    /// What a crash goes back to.
    stored: Exports,
    /// What a second process, which should not be there, goes on from.
    stale: Vec<Exports>,
    now: SystemTime,
    /// How far the client's clock is ahead, or behind.
    ahead: i64,
    downloads: Vec<(String, Scopes)>,
    /// Whether anything happened for which rules about time are not promised.
    is_wild: bool,
}

impl History {
    fn clock(&self) -> SystemTime {
        let ahead = Duration::from_secs(self.ahead.unsigned_abs());
        if self.ahead < 0 { self.now - ahead } else { self.now + ahead }
    }

    fn store(&mut self) {
        let before = std::mem::replace(&mut self.stored, self.exports.clone());
        if self.rng.u32(..8) == 0 {
            self.stale.push(before);
        }
    }

    /// Reads back what was stored, as text.
    fn load(&mut self, stored: &Exports) {
        let text = serde_json::to_string(stored).unwrap();
        self.exports = serde_json::from_str(&text).unwrap();
    }

    /// Goes one step. Returns `false` once nothing happens any more.
    fn step(&mut self, access: &Access<'_>) -> bool {
        let before: Vec<(Scopes, Progress)> = ended(&self.exports);
        let clock = self.clock();
        match self.exports.poll(access, clock) {
            Step::Send(call) => {
                self.store();
                if self.rng.u32(..40) == 0 {
                    let stored = self.stored.clone();
                    self.load(&stored);
                    self.now += MINUTE * self.rng.u32(1..5);
                    return true;
                }
                let result = send(&call, |request| self.google.call(&request, self.now));
                self.now += Duration::from_millis(self.rng.u64(50..20_000));
                if self.rng.u32(..40) == 0 {
                    self.google.not_told();
                    let stored = self.stored.clone();
                    self.load(&stored);
                    return true;
                }
                let clock = self.clock();
                self.exports.record(&call, &result, clock);
                if self.rng.u32(..20) == 0 {
                    self.exports.record(&call, &result, clock);
                }
                self.store();
            }
            Step::Refresh => {
                self.exports.record_refresh(&Ok(()), clock);
                self.now += Duration::from_secs(1);
                self.store();
            }
            Step::Download(archive) => {
                let job = archive.job.as_str().to_owned();
                self.downloads.push((job, archive.resources.clone()));
                self.exports.downloaded(&archive.job, clock);
                self.store();
            }
            Step::WaitUntil(until, _) => {
                assert!(until > clock, "a wait ends in the past");
                assert!(until <= clock + 26 * HOUR, "a wait is too long");
                self.now += until.duration_since(clock).unwrap();
                self.store();
            }
            Step::RequestConsent(_) | Step::Done => return false,
        }
        for (resources, progress) in before {
            let is_same = ended(&self.exports).contains(&(resources.clone(), progress));
            assert!(is_same, "{resources:?} ended, and then went on");
        }
        true
    }
}

fn ended(exports: &Exports) -> Vec<(Scopes, Progress)> {
    let is_ended = |progress| matches!(progress, Progress::Downloaded | Progress::GivenUp);
    exports
        .iter()
        .map(|export| (export.resources().clone(), export.progress()))
        .filter(|(_, progress)| is_ended(*progress))
        .collect()
}

fn run(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let groups = groups();
    let count = rng.usize(1..=groups.len());
    let grant = Grant::from(groups[..count].iter().copied().collect::<Scopes>());
    let endpoints = Endpoints::default();
    let access = Access::new(&endpoints, "ya29.a", &grant);
    let premise = premise(&groups, &mut rng);
    let mut exports = Exports::new(&grant, start());
    if rng.u32(..4) == 0 {
        exports = exports.in_one_job();
    }
    let is_wild = rng.u32(..3) == 0;
    let mut history = History {
        google: Google::new(premise, seed),
        stored: exports.clone(),
        exports,
        rng,
        stale: Vec::new(),
        now: start(),
        ahead: 0,
        downloads: Vec::new(),
        is_wild,
    };
    history.google.checks_time = !is_wild;
    let mut steps = 0;
    while history.step(&access) {
        steps += 1;
        assert!(steps < 60_000, "an export goes on for ever");
        assert!(history.now < start() + 200 * DAY, "an export goes on for months");
        // It ends at some time: what is undone for ever does not.
        let is_wild = history.is_wild && history.now < start() + 60 * DAY;
        if is_wild && history.rng.u32(..30) == 0 {
            let weeks = [0, 0, 0, 3600, -3600, 90_000, -90_000, 700_000, -700_000];
            history.ahead = weeks[history.rng.usize(..weeks.len())];
        }
        if is_wild && history.rng.u32(..30) == 0 && !history.stale.is_empty() {
            // A second process goes on from what it read long ago, and its writes win.
            let index = history.rng.usize(..history.stale.len());
            let stored = history.stale.swap_remove(index);
            history.load(&stored);
            history.google.checks_retries = false;
        }
    }
    let google = &history.google;
    assert!(google.broken.is_empty(), "{:?}", google.broken);
    for (job, resources) in &history.downloads {
        assert!(
            google.is_archive_of(job, resources),
            "{resources:?} got the archive of {:?}",
            google.jobs[job]
        );
    }
    let clock = history.clock();
    match history.exports.poll(&access, clock) {
        Step::Done => {}
        Step::RequestConsent(ConsentReason::OneTimeAccessUsedUp(_)) => {
            assert!(google.premise.one_time, "time-based access is not used up");
        }
        // 401 upon 401, although the token was refreshed.
        Step::RequestConsent(ConsentReason::AccessEnded) => assert!(google.premise.odd > 0),
        step => panic!("{step:?} although nothing was declined"),
    }
    let most = google.calls.values().max().copied().unwrap_or_default();
    assert!(most <= 400 * u32::try_from(count).unwrap(), "{most} calls in a day");
}

/// The seeds of histories that once broke a rule.
const BROKE_A_RULE: [u64; 4] = [1_065_577, 1_243_070, 1_473_971, 1_477_266];

/// `HISTORIES=10000000 SEED=1 cargo test --release --test exports histories` runs more.
#[test]
fn no_history_breaks_a_rule() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap())
    };
    let first = number("SEED", 0);
    let mut failed: BTreeMap<String, (u32, u64)> = BTreeMap::new();
    let seeds = first..first + number("HISTORIES", 200);
    for seed in BROKE_A_RULE.into_iter().chain(seeds) {
        if let Err(panic) = std::panic::catch_unwind(|| run(seed)) {
            eprintln!("seed {seed}");
            let text = match panic.downcast_ref::<&str>() {
                Some(text) => (*text).to_owned(),
                None => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
            };
            let text = text.chars().take(36).collect();
            failed.entry(text).or_insert((0, seed)).0 += 1;
        }
    }
    assert!(failed.is_empty(), "failures, and the first seed of each: {failed:#?}");
}
