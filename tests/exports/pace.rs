//! How long exports wait, over many people.

use std::time::Duration;

use dataportability_scopes::api::export::{Exports, Step};
use dataportability_scopes::http::Response;

use crate::google::response;
use crate::person::{Person, denied, listed, start, started, state};

/// The answer to a call, or `None` if it is lost.
type Answer = fn(usize) -> Option<Response<Vec<u8>>>;

#[test]
fn the_waits_of_many_people_are_spread_over_what_is_promised() {
    let running: Answer =
        |index| Some(if index == 0 { started(1) } else { state("IN_PROGRESS", start()) });
    let html: Answer = |_| Some(response(404, b"<html>no</html>".to_vec()));
    let project: Answer = |_| Some(denied(Some("SERVICE_DISABLED")));
    // In seconds.
    let rows: [(Answer, &[(u64, u64)]); 4] = [
        (running, &[(302, 453), (453, 680), (679, 1020), (1019, 1530), (1528, 2295), (2293, 3440)]),
        (running, &[(302, 3600); 20]),
        (html, &[(3660, 4260); 3]),
        (project, &[(3660, 4260), (9060, 9660), (14_460, 15_060), (14_460, 15_060)]),
    ];
    let lost: (Answer, &[_]) = (
        |_| None,
        &[(30, 60), (60, 120), (120, 240), (240, 480), (480, 960), (960, 1920), (1800, 3600)],
    );
    for (answer, bounds) in rows.into_iter().chain([lost]) {
        let mut waits = vec![Vec::new(); bounds.len()];
        for number in 0..200 {
            let mut person = Person::new(listed(0));
            let made = start() + Duration::from_millis(7 * number);
            person.exports = Exports::new(&person.grant, made);
            for (index, waits) in waits.iter_mut().enumerate() {
                let call = person.call();
                match answer(index) {
                    Some(answer) => person.answer(&call, answer),
                    None => person.lose(&call),
                }
                let Step::WaitUntil(until, _) = person.poll() else { panic!() };
                waits.push(until.duration_since(person.now).unwrap().as_secs());
            }
        }
        for (waits, (low, high)) in waits.iter().zip(bounds) {
            let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(low <= least && most <= high, "{least} to {most} instead of {low} to {high}");
            assert!(
                (most - least) * 10 >= (high - low) * 9 || high - low > 1500,
                "{least}, {most}"
            );
        }
    }
}
