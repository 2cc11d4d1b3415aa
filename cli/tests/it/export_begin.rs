//! How an export begins: the client, the folder, the browser and its port.

use std::net::TcpListener;

use stand_in::{Access, Granted};

use crate::export::{ACTIVITY, CLIPS, Running, SPEED, export, folder, only, run};
use crate::finish;
use crate::google::{Simulated, open};

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let uri = format!("http://localhost:{port}/callback");
    let ran = finish(&mut export(&google, &folder, &[CLIPS, "--redirect-uri", &uri]), b"");
    assert_eq!(ran.status, 2);
    assert!(
        ran.errors.contains(&format!("port {port} ")) && ran.errors.contains("--redirect-uri"),
        "{}",
        ran.errors
    );
    drop(taken);
    let ran = run(&google, &folder, &["--redirect-uri", &uri], Granted::All, Access::OneTime);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn one_folder_is_of_one_export_one_client_and_one_program_at_a_time() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    let mut running = Running::start(&mut export(&google, &folder, &[CLIPS]));
    let url = running.line();
    let ran = finish(&mut export(&google, &folder, &[]), b"");
    assert!(ran.errors.contains("another export is running"), "{}", ran.errors);
    open(&google.decide(&url, Granted::All, Access::OneTime));
    assert_eq!(running.finish().status, 0);
    for (args, words) in [
        (&[ACTIVITY][..], "has an export of youtube.clips"),
        (&[CLIPS, "--since", "2020-01-31"], "leave the options out"),
        (&["--again", "--one-job"], "leave the options out"),
    ] {
        let ran = finish(&mut export(&google, &folder, args), b"");
        assert!(ran.status == 2 && ran.errors.contains(words), "{}", ran.errors);
    }
    let ran = finish(export(&google, &folder, &[]).env("GOOGLE_CLIENT_ID", "2"), b"");
    assert!(ran.errors.contains("another OAuth client"), "{}", ran.errors);
}

#[test]
fn a_browser_that_is_closed_ends_in_a_sentence_to_act_on() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    let mut other = export(&google, &folder, &[CLIPS, "--wait", "1"]);
    let ran = finish(other.env("GOOGLE_CLIENT_ID", "2"), b"");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.output.lines().next().is_some_and(|line| line.starts_with("http://127.0.0.1:")));
    assert!(ran.output.contains("https://myaccount.google.com/connections"), "{}", ran.output);
    // Nothing was granted: another client and other resource groups can be chosen.
    let ran = run(&google, &folder, &[ACTIVITY], Granted::All, Access::OneTime);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn a_callback_of_somebody_else_changes_nothing_and_a_second_one_does_no_harm() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    let mut running = Running::start(&mut export(&google, &folder, &[CLIPS]));
    let callback = google.decide(&running.line(), Granted::All, Access::OneTime);
    let (address, _) = callback.split_once('?').expect("a query");
    assert!(open(&format!("{address}?state=abc&code=1")).starts_with("HTTP/1.1 400"));
    assert!(open(&format!("{address}favicon.ico")).starts_with("HTTP/1.1 404"));
    assert!(open(&callback).starts_with("HTTP/1.1 200"));
    assert!(open(&callback).starts_with("HTTP/1.1 200"));
    let ran = running.finish();
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn a_person_who_declines_or_ticks_nothing_can_be_asked_again() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    for granted in [Granted::None, only(&[])] {
        let mut running = Running::start(&mut export(&google, &folder, &[CLIPS]));
        let callback = google.decide(&running.line(), granted, Access::OneTime);
        open(&callback);
        let ran = running.finish();
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.output.contains("you declined at Google"), "{}", ran.output);
    }
    let ran = run(&google, &folder, &[], Granted::All, Access::OneTime);
    assert!(ran.status == 0 && !ran.output.contains("not granted"), "{ran:?}");
}
