//! Workers that meet what goes wrong, against a simulated Google that counts broken rules.
//!
//! Run them with `.ci/chaos`, which starts PostgreSQL. They print what they did.

mod world;

use std::fs::File;
use std::time::{Duration, Instant, SystemTime};

use dataportability_scopes::catalogue::Resource;
use stand_in::{DailyLimit, Faults, ProjectRefusal, Rates, Rule};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use worker::store::{Outlook, Taken};
use world::{LIMIT, Row, World, account};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// One with a time filter, and two without.
const RESOURCES: [Resource; 3] =
    [Resource::MyactivitySearch, Resource::YoutubeSubscriptions, Resource::MapsReviews];

/// Kills workers at random until all exports have ended.
async fn kill_workers(limit: DailyLimit, speed: u32) {
    let begun = Instant::now();
    let rates = Rates {
        lost_requests: 0.03,
        lost_responses: 0.05,
        repeats: 0.03,
        server_errors: 0.03,
        too_many_requests: 0.02,
        ..Rates::default()
    };
    let mut world = World::new(speed, |config| {
        config.premises.daily_limit = limit;
        config.archive_parts = 3;
        config.faults = Faults {
            api: rates,
            tokens: Rates { server_errors: 0.05, ..Rates::default() },
            downloads: Rates { lost_responses: 0.05, ..Rates::default() },
            job_failure: 0.2,
            retry_after: Duration::from_secs(60),
            ..Faults::default()
        };
    })
    .await;
    world.add(0..40, &RESOURCES).await;
    let mut workers: Vec<_> = (0..4).map(|_| world.start_worker()).collect();
    let (mut kills, mut next) = (0, 0);
    // A one-time access is used up if the answer that named its job was lost, and the job that
    // Google names then may be of another group.
    let is_used_up = |row: &Row| row.id % 3 == 1 && row.why.contains("used up");
    let has_ended = |row: &Row| row.state == "done" || is_used_up(row);
    while !world.rows().await.iter().all(has_ended) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let counts = world.server.audit().total;
        let handled = counts.initiates + counts.polls + counts.retries + counts.downloads;
        // However slow the machine is, the workers do something before one is killed.
        if handled >= next {
            // The one that it replaces is dropped, and so killed.
            let victim = fastrand::usize(..workers.len());
            workers[victim] = world.start_worker();
            (kills, next) = (kills + 1, handled + fastrand::u64(5..40));
            world.at_google(|google, _| google.clients_stopped());
        }
        assert!(begun.elapsed() < LIMIT, "{:?}", world.rows().await);
    }
    drop(workers);
    println!("{limit:?}: {kills} kills, {} s", begun.elapsed().as_secs());
    assert!(kills > 20, "{kills}");
    let expected = ["Downloaded", "RetriesUsedUp", "UsedUp", "started anew"];
    let endings = world.check().await;
    assert!(endings.iter().all(|(it, _)| expected.contains(&&**it)), "{endings:?}");
}

#[tokio::test]
async fn nothing_is_started_twice_or_mixed_up_while_workers_are_killed_with_a_limit_per_group() {
    kill_workers(DailyLimit::PerGroup, 1200).await;
}

#[tokio::test]
async fn nothing_is_started_twice_or_mixed_up_while_workers_are_killed_with_a_limit_per_client() {
    kill_workers(DailyLimit::PerClient, 2400).await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_set_aside_and_told_once_and_stops_nobody_else() {
    let mut world = World::new(1200, |_| {}).await;
    world.add(0..6, &RESOURCES[..1]).await;
    let first = "UPDATE people SET due = now() - interval '2 hours' WHERE id = 3";
    world.database.execute(first, &[]).await.expect("a row");
    let damage = "UPDATE people SET due = now() - interval '1 hour',
                    exports = CASE id WHEN 1 THEN '{\"format\": 9}' ELSE exports END,
                    tokens = CASE id WHEN 2 THEN sha512(tokens) ELSE tokens END WHERE id < 3";
    // A panic is told by the row, too.
    let panic = world.store.take(|_| -> ((), Outlook) { panic!("as a test") }).await;
    assert!(matches!(panic, Ok(Taken::SetAside)));
    world.database.execute(damage, &[]).await.expect("damage");
    // A worker that starts beside a long transaction neither waits for it nor makes others wait.
    let long = "BEGIN; UPDATE people SET why = why WHERE id = 3";
    world.database.batch_execute(long).await.expect("a transaction");
    let worker = world.start_worker();
    let is_set_aside = |row: &Row| row.state == "set aside";
    let is_over = |rows: &[Row]| {
        rows[..2].iter().all(is_set_aside) && rows[3..].iter().all(|row| row.state == "done")
    };
    world.until("over", is_over).await;
    world.database.batch_execute("COMMIT").await.expect("its end");
    let rows = world.rows().await;
    assert!(is_set_aside(&rows[2]) && rows[2].why.contains("panicked"), "{rows:?}");
    // They are looked at again. Nobody hears of those which still cannot be read.
    let due = "UPDATE people SET due = now() WHERE state = 'set aside'";
    world.database.execute(due, &[]).await.expect("rows");
    let again = "SELECT count(*) FROM people WHERE due > now() AND state = 'set aside'";
    while world.database.query_one(again, &[]).await.expect("a count").get::<_, i64>(0) < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.until("read", |rows| rows[2].state == "done").await;
    drop(worker);
    let rows = world.rows().await;
    assert!(rows[0].why.contains("cannot read exports of format 9"), "{rows:?}");
    assert!(rows[1].why.contains("sealed with another key"), "{rows:?}");
    let logs = world.logs();
    assert_eq!(logs.matches("set aside").count(), 2, "{logs}");
    assert!(matches!(world.store.tokens(3).await, Ok(Some(_))));
    // No tokens can be stored in those, nor in a row that is gone. The app is told so.
    let (tokens, now) = (world.consent(6, &RESOURCES[..1]), world.server.clock().now());
    for id in [1, 2, 7] {
        assert!(!world.store.consented(id, &tokens, now).await, "{id}");
    }
}

#[tokio::test]
async fn no_result_is_lost_when_connections_to_the_database_are_cut() {
    let mut world = World::new(1200, |_| {}).await;
    // The strictest default that a database can have.
    let serializable = "SET default_transaction_isolation = 'serializable'";
    let serializable = format!("ALTER DATABASE {} {serializable}", world.database_name);
    world.database.batch_execute(&serializable).await.expect("a setting");
    // Nobody is killed, so nobody has to take over what is only late.
    world.lease = 60;
    world.add(0..40, &RESOURCES).await;
    let workers: Vec<_> = (0..3).map(|_| world.start_worker()).collect();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND datname = current_database()
                 AND ($1 OR state = 'idle in transaction') AND random() < 0.5";
    let mut cuts = 0;
    while world.rows().await.iter().any(|row| row.state != "done") {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(20..200))).await;
        let all = fastrand::u8(..4) == 0;
        let cut = world.database.query(cut, &[&all]).await.expect("a cut");
        cuts += cut.len();
    }
    drop(workers);
    println!("{cuts} connections were cut");
    let logs = world.logs();
    assert!(cuts > 20 && logs.contains("the database"), "{cuts}");
    assert!(!logs.contains("could not serialize"), "{logs}");
    assert_eq!(world.check().await, [("Downloaded".to_owned(), 120)]);
    // Nothing was asked for a second time because an answer had been forgotten.
    let counts = world.server.audit().total;
    assert_eq!(counts.of(Rule::ReaskedBeforeUse), 0);
    assert_eq!(counts.initiates, 120);
}

#[tokio::test]
async fn exports_go_on_when_clocks_are_set_back_a_day_and_a_week_and_right_again() {
    let mut world = World::new(3600, |config| config.faults.job_failure = 0.3).await;
    world.add(0..12, &RESOURCES).await;
    // A second is an hour.
    for (days, stay) in [(0, 2), (1, 3), (7, 27), (1, 3), (0, 0)] {
        // A worker has no time but the clock's: a new one is the old one whose clock was set.
        let worker = world.start_worker_as(&[], DAY * days);
        // As if the clock of the database had been set back, too.
        let ahead = "UPDATE people SET due = due + interval '7 days', \
                     busy_until = busy_until + interval '7 days' WHERE id % 2 = 0";
        world.database.execute(ahead, &[]).await.expect("the database");
        if stay == 0 {
            world.until_done().await;
        }
        tokio::time::sleep(Duration::from_secs(stay)).await;
        drop(worker);
        world.at_google(|google, _| google.clients_stopped());
    }
    let endings = world.check().await;
    let is_expected = |it: &str| ["Downloaded", "RetriesUsedUp"].contains(&it);
    assert!(endings.iter().all(|(it, _)| is_expected(it)), "{endings:?}");
}

#[tokio::test]
async fn revoked_tokens_wait_for_the_user_and_the_exports_go_on_after_a_new_consent() {
    let mut world = World::new(1200, |_| {}).await;
    world.add(0..9, &RESOURCES).await;
    let _worker = world.start_worker();
    let has_jobs = |row: &Row| {
        let units = row.exports["exports"].as_array().expect("a list");
        units.iter().all(|unit| unit.get("job").is_some())
    };
    world.until("started", |rows| rows.iter().all(has_jobs)).await;
    world.at_google(|google, now| {
        let revoked = (0..6).map(|user| (account(user), now));
        google.config_mut().events.revoked = revoked.collect();
    });
    let is_waiting = |row: &Row| row.state == "consent" && row.why.contains("consent again");
    let is_over = |rows: &[Row]| {
        rows[..6].iter().all(is_waiting) && rows[6..].iter().all(|row| row.state == "done")
    };
    world.until("over", is_over).await;
    for row in &world.rows().await[..6] {
        let user = (0..6).find(|user| account(*user) == row.user).expect("a user");
        let tokens = world.consent(user, &RESOURCES);
        let now = world.server.clock().now();
        assert!(world.store.consented(row.id, &tokens, now).await);
    }
    world.until_done().await;
    assert_eq!(world.check().await, [("Downloaded".to_owned(), 27)]);
}

#[tokio::test]
async fn a_refused_project_is_told_to_the_operator_and_a_withdrawn_group_is_given_up() {
    let mut world = World::new(1200, |_| {}).await;
    world.add(0..6, &RESOURCES).await;
    world.at_google(|google, now| {
        let events = &mut google.config_mut().events;
        events.project_refusal = Some((ProjectRefusal::ServiceDisabled, now + DAY / 4));
        events.withdrawn = [("maps.reviews".to_owned(), now)].into();
    });
    let _worker = world.start_worker();
    let is_told = |row: &Row| row.state == "project" && row.why.contains("billing");
    world.until("told", |rows| rows.iter().all(is_told)).await;
    world.until_done().await;
    for row in world.rows().await {
        assert!(row.why.starts_with("maps.reviews: Google refused"), "{row:?}");
    }
    let logs = world.logs();
    assert_eq!(logs.matches("project: Google refuses").count(), 6, "{logs}");
    assert!(!logs.contains("waits for the user"), "{logs}");
    assert_eq!(world.check().await, [("Downloaded".to_owned(), 12), ("Refused".to_owned(), 6)]);
    assert_eq!(world.server.audit().total.of(Rule::WithdrawnResource), 6);
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_no_part_and_archives_are_whole_once_there_is_room() {
    let mut world = World::new(1200, |config| config.archive_parts = 3).await;
    world.add(0..6, &RESOURCES).await;
    // No file can be longer than 512 bytes. What is more fails, as on a full disk.
    let full = ["sh", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\""];
    let worker = world.start_worker_as(&full, Duration::ZERO);
    let is_told = |row: &Row| row.state == "download" && row.why.contains("File too large");
    world.until("told", |rows| rows.iter().all(is_told)).await;
    worker.stop();
    assert_eq!(world.count_files("part"), 0);
    // Workers that were killed left these. The newer one may still be written to.
    for (name, age) in [("old.part", DAY * 2), ("new.part", DAY / 2)] {
        let file = File::create(world.archives().join(name)).expect("a part");
        file.set_modified(SystemTime::now() - age).expect("its age");
    }
    let _worker = world.start_worker();
    world.until_done().await;
    assert!(world.count_files("part") == 1 && world.archives().join("new.part").exists());
    assert_eq!(world.check().await, [("Downloaded".to_owned(), 18)]);
}

#[tokio::test]
async fn a_download_ends_and_leaves_no_part_when_its_row_is_deleted_or_the_worker_stops() {
    let google = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = google.local_addr().expect("an address");
    let mut world = World::new(1200, |config| config.base_url = format!("http://{address}")).await;
    world.lease = 30;
    let worker = world.start_worker();
    world.add(0..1, &RESOURCES[..1]).await;
    let (mut download, _) = google.accept().await.expect("a download");
    world.database.execute("DELETE FROM people", &[]).await.expect("the database");
    let begun = Instant::now();
    let mut sent = &b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n"[..];
    while download.write_all(sent).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
        sent = b"1";
    }
    world.add(1..2, &RESOURCES[..1]).await;
    let _download = google.accept().await.expect("a download");
    let begun = Instant::now();
    worker.stop();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(world.count_files("part") + world.count_files("zip"), 0);
}
