//! How many steps workers make a second, and that it does not depend on how many people wait.
//!
//! `.ci/chaos` runs it. `cargo bench -p worker --features chaos` measures an optimized worker.

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/chaos/world.rs"]
mod world;

use std::time::{Duration, Instant};

use dataportability_scopes::catalogue::Resource;
use world::World;

/// How often each is measured, in turns: what else the machine does slows all of them down.
const ROUNDS: u32 = 4;
const TIME: Duration = Duration::from_secs(1);
/// More people than there are steps in that time.
const DUE: usize = 2_000;

#[tokio::main]
async fn main() {
    let mut worlds = [world_with(1_000).await, world_with(1_000_000).await];
    let mut steps = [[0.0; 2]; 2];
    for _ in 0..ROUNDS {
        for (world, steps) in worlds.iter_mut().zip(&mut steps) {
            for (workers, steps) in [1, 4].into_iter().zip(steps) {
                *steps += rate(world, workers).await / f64::from(ROUNDS);
            }
        }
    }
    let [[one, four], [one_of_many, four_of_many]] = steps;
    println!("steps a second     1,000 wait   1,000,000 wait   ratio");
    println!("one worker         {one:10.0}   {one_of_many:14.0}   {:5.2}", one / one_of_many);
    println!("four workers       {four:10.0}   {four_of_many:14.0}   {:5.2}", four / four_of_many);
    println!("four to one        {:10.2}   {:14.2}", four / one, four_of_many / one_of_many);
}

/// Returns a world with people who are due, and this many who wait.
async fn world_with(waiting: i32) -> World {
    let change = |config: &mut stand_in::Config| {
        config.accounts = (0..DUE).map(world::account).collect();
    };
    let mut world = World::new(1, change).await;
    world.lease = 150;
    world.add(0..DUE, &[Resource::MyactivitySearch]).await;
    let fill = "INSERT INTO people (user_id, tokens, exports, due)
                SELECT 'user-' || number, tokens, exports, now() + random() * interval '24 hours'
                  + interval '1 hour' FROM people, generate_series(1, $1) AS number WHERE id = 1";
    world.database.execute(fill, &[&waiting]).await.expect("rows");
    let settle = "CREATE TABLE template AS SELECT exports FROM people WHERE id = 1";
    for settle in [settle, "VACUUM ANALYZE people", "CHECKPOINT"] {
        world.database.batch_execute(settle).await.expect("a settled table");
    }
    world
}

/// Makes everybody due, and returns the calls a second that so many workers make.
async fn rate(world: &mut World, workers: usize) -> f64 {
    let anew = "UPDATE people SET due = now(), busy_until = NULL, exports = template.exports
                FROM template WHERE id <= $1";
    let people = i64::try_from(DUE).expect("a count");
    world.database.execute(anew, &[&people]).await.expect("people who are due");
    let count = |world: &World| {
        let counts = world.server.audit().total;
        u32::try_from(counts.initiates + counts.polls).expect("a count")
    };
    let before = count(world);
    let running: Vec<_> = (0..workers).map(|_| world.start_worker()).collect();
    // All of them have begun.
    while count(world) < before + 100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (begun, first) = (Instant::now(), count(world));
    tokio::time::sleep(TIME).await;
    let steps = count(world) - first;
    let rate = f64::from(steps) / begun.elapsed().as_secs_f64();
    drop(running);
    assert!(((first + steps - before) as usize) < DUE, "nobody was due any more");
    rate
}
