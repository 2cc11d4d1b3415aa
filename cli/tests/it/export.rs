//! `export`, `status` and `end-access` against a simulated Google.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use dataportability_scopes::catalogue::{Resource, Scopes};
use serde_json::{Value, json};
use stand_in::{Access, DailyLimit, Granted, Rates};
use tempfile::TempDir;

use crate::google::{Simulated, open};
use crate::{Ran, finish, json as parse};

/// How many times faster the clock runs: an hour takes a second.
pub(crate) const SPEED: u32 = 3_600;

pub(crate) const CLIPS: &str = "youtube.clips";
pub(crate) const ACTIVITY: &str = "myactivity.youtube";

/// A running export whose address for the browser is read from its output.
pub(crate) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let output = BufReader::new(child.stdout.take().expect("an output"));
        Running { child, output }
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// Waits until it says something on standard error.
    fn wait_for(&mut self, words: &str) {
        let errors = self.child.stderr.as_mut().expect("errors");
        let mut said = Vec::new();
        let mut byte = [0];
        while errors.read(&mut byte).expect("errors") > 0 {
            said.extend(byte);
            if said.ends_with(words.as_bytes()) {
                return;
            }
        }
        panic!("it never said {words:?}: {}", String::from_utf8_lossy(&said));
    }

    fn kill(mut self) {
        self.child.kill().expect("it ends");
        self.child.wait().expect("it ended");
    }

    pub(crate) fn finish(mut self) -> Ran {
        // What is left of its output is short, and waits in the pipe.
        let ended = self.child.wait_with_output().expect("it ends");
        let mut output = String::new();
        self.output.read_to_string(&mut output).expect("an output");
        let errors = String::from_utf8(ended.stderr).expect("UTF-8");
        Ran { status: ended.status.code().expect("a status"), output, errors }
    }
}

pub(crate) fn export(google: &Simulated, folder: &Path, args: &[&str]) -> Command {
    let mut program = google.program();
    program.args(["export", "--no-browser", "-o"]).arg(folder).args(args);
    program
}

/// Runs an export, in which the person grants some scopes.
pub(crate) fn run(
    google: &Simulated,
    folder: &Path,
    args: &[&str],
    granted: Granted,
    access: Access,
) -> Ran {
    let mut running = Running::start(&mut export(google, folder, args));
    let callback = google.decide(&running.line(), granted, access);
    assert!(open(&callback).contains("You can close this page"));
    running.finish()
}

pub(crate) fn only(resources: &[Resource]) -> Granted {
    let scopes = resources.iter().map(|resource| resource.scope().as_str().to_owned());
    Granted::Scopes(scopes.collect())
}

pub(crate) fn folder() -> (TempDir, PathBuf) {
    let parent = TempDir::new().expect("a folder");
    let folder = parent.path().join("data");
    (parent, folder)
}

fn files(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("a name");
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| name(entry.expect("a file"))).collect();
    names.sort();
    names
}

fn status(google: &Simulated, folder: &Path) -> (i32, Value) {
    let ran = finish(google.program().args(["status", "--json"]).arg(folder), b"");
    (ran.status, parse(&ran.output))
}

fn broken_rules(google: &Simulated) -> String {
    format!("{:?}", google.audit().violations)
}

#[test]
fn what_was_granted_is_downloaded_and_what_was_not_is_named() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    let args = ["youtube.clips,myactivity.youtube", "maps.reviews"];
    let granted = only(&[Resource::YoutubeClips, Resource::MyactivityYoutube]);
    let ran = run(&google, &folder, &args, granted, Access::OneTime);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.output.contains("maps.reviews  "), "{}", ran.output);
    assert!(ran.output.contains("  not granted  "), "{}", ran.output);
    for group in [CLIPS, ACTIVITY] {
        let files = files(&folder.join(group));
        assert!(!files.is_empty() && files.iter().all(|name| !name.starts_with('.')), "{files:?}");
    }
    assert!(!folder.join("maps.reviews").exists());
    let (code, printed) = status(&google, &folder);
    assert_eq!((code, &printed["complete"]), (0, &json!(true)), "{printed}");
    assert_eq!(printed["declined"], json!(["maps.reviews"]));
    assert_eq!(broken_rules(&google), "[]");
    // Once more changes nothing, and asks nobody.
    let ran = Running::start(&mut export(&google, &folder, &[])).finish();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!ran.output.contains("http"), "{}", ran.output);
}

#[cfg(unix)]
#[test]
fn what_is_stored_is_the_owners_alone_and_sealed_with_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let key = "0f".repeat(32);
    for is_sealed in [false, true] {
        let google = Simulated::start(SPEED, |_| {});
        let (_parent, folder) = folder();
        let mut command = export(&google, &folder, &[CLIPS]);
        if is_sealed {
            command.env("EXPORT_KEY", &key);
        }
        let mut running = Running::start(&mut command);
        let callback = google.decide(&running.line(), Granted::All, Access::Days30);
        open(&callback);
        let ran = running.finish();
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.errors.contains("are sealed"), is_sealed, "{}", ran.errors);
        let file = folder.join(".export.json");
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0);
        let stored = fs::read_to_string(&file).expect("a text");
        assert_eq!(stored.contains("refresh_token"), !is_sealed, "{stored}");
        // What is no secret can be read without the key.
        assert_eq!(status(&google, &folder).0, 0);
        for (other, words) in
            [("", "it is sealed; set EXPORT_KEY"), (&*"00".repeat(32), "another EXPORT_KEY")]
        {
            let ran = finish(export(&google, &folder, &[]).env("EXPORT_KEY", other), b"");
            assert_eq!(ran.errors.contains(words), is_sealed, "{}", ran.errors);
            assert_eq!(ran.status, if is_sealed { 2 } else { 0 });
        }
    }
}

#[test]
fn failures_and_lost_answers_end_in_a_whole_export() {
    for seed in 1..=3 {
        let google = Simulated::start(SPEED, |config| {
            let rates = Rates {
                lost_requests: 0.1,
                lost_responses: 0.1,
                server_errors: 0.1,
                too_many_requests: 0.05,
                ..Rates::default()
            };
            config.faults.api = rates;
            config.faults.downloads = rates;
            config.faults.job_failure = 0.2;
            config.seed = seed;
        });
        let (_parent, folder) = folder();
        let ran = run(&google, &folder, &[CLIPS, ACTIVITY], Granted::All, Access::Days30);
        let (code, printed) = status(&google, &folder);
        assert_eq!(code, ran.status, "{printed}");
        // A job may fail four times. Everything else is there, whole.
        for export in printed["exports"].as_array().expect("exports") {
            let is_there = export["progress"] == "downloaded";
            assert!(is_there || !export["reason"].is_null(), "{export}: {ran:?}");
            for file in export["files"].as_array().expect("files") {
                let path = folder.join(file["path"].as_str().expect("a path"));
                let size = fs::metadata(path).expect("a file").len();
                assert_eq!(json!(size), file["size"]);
            }
        }
        assert_eq!(broken_rules(&google), "[]");
    }
}

#[test]
fn an_export_that_is_killed_twice_goes_on_where_it_was() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    let mut running = Running::start(&mut export(&google, &folder, &[CLIPS, ACTIVITY]));
    let callback = google.decide(&running.line(), Granted::All, Access::Days180);
    open(&callback);
    running.wait_for("in progress");
    running.kill();
    google.server.with(|google, _| google.clients_stopped()).expect("no file");
    assert_eq!(status(&google, &folder).0, 1);
    let mut running = Running::start(&mut export(&google, &folder, &[]));
    running.wait_for("in progress");
    running.kill();
    google.server.with(|google, _| google.clients_stopped()).expect("no file");
    let ran = Running::start(&mut export(&google, &folder, &[CLIPS, ACTIVITY])).finish();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!ran.output.contains("http"), "{}", ran.output);
    assert!(!files(&folder.join(CLIPS)).is_empty() && !files(&folder.join(ACTIVITY)).is_empty());
    assert_eq!(broken_rules(&google), "[]");
}

#[test]
fn under_a_limit_of_one_export_a_day_everything_is_there_in_days() {
    let google = Simulated::start(20_000, |config| {
        config.premises.daily_limit = DailyLimit::PerClient;
    });
    let (_parent, folder) = folder();
    let ran = run(&google, &folder, &[CLIPS, ACTIVITY], Granted::All, Access::Days30);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn one_job_has_a_folder_of_all_its_names() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    let args = [ACTIVITY, CLIPS, "--one-job"];
    let ran = run(&google, &folder, &args, Granted::All, Access::OneTime);
    assert_eq!(ran.status, 0, "{ran:?}");
    let scopes = Scopes::from([Resource::MyactivityYoutube, Resource::YoutubeClips]);
    let names: Vec<&str> = scopes.names().collect();
    assert!(!files(&folder.join(names.join("+"))).is_empty());
}

#[test]
fn the_next_export_of_time_based_access_is_beside_the_first() {
    let google = Simulated::start(20_000, |_| {});
    let (_parent, folder) = folder();
    let ran =
        run(&google, &folder, &[ACTIVITY, "--since", "2020-01-31"], Granted::All, Access::Days30);
    assert_eq!(ran.status, 0, "{ran:?}");
    let before = files(&folder.join(ACTIVITY));
    let ran = Running::start(&mut export(&google, &folder, &["--again"])).finish();
    assert_eq!(ran.status, 0, "{ran:?}");
    let after = files(&folder.join(ACTIVITY));
    let are_kept = before.iter().all(|name| after.contains(name));
    assert!(are_kept && after.len() > before.len(), "{after:?}");
    assert_eq!(broken_rules(&google), "[]");
}

#[test]
fn one_time_access_has_no_next_export_until_it_is_ended() {
    let google = Simulated::start(SPEED, |_| {});
    let (_parent, folder) = folder();
    assert_eq!(run(&google, &folder, &[CLIPS], Granted::All, Access::OneTime).status, 0);
    let ran = Running::start(&mut export(&google, &folder, &["--again"])).finish();
    assert_eq!(ran.status, 1);
    assert!(ran.output.contains("There is no next export"), "{}", ran.output);
    let before = files(&folder.join(CLIPS));

    let end = |folder: &Path| finish(google.program().args(["end-access", "-o"]).arg(folder), b"");
    let ran = end(&folder);
    assert_eq!((ran.status, ran.errors.as_str()), (0, ""), "{ran:?}");
    assert!(ran.output.contains("has ended"), "{}", ran.output);
    assert_eq!(files(&folder.join(CLIPS)), before);
    assert!(end(&folder).output.contains("no access to end"));
    let status = finish(google.program().arg("status").arg(&folder), b"");
    assert!(status.output.contains("no access  "), "{}", status.output);
    let ran = run(&google, &folder, &[], Granted::All, Access::OneTime);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(files(&folder.join(CLIPS)).len() > before.len());
}

/// The examples of the help, as typed into a shell. The browser is a program that hands the address
/// over.
#[cfg(unix)]
#[test]
fn the_examples_of_the_help_do_what_they_say_and_open_the_browser() {
    use std::os::unix::fs::PermissionsExt;
    let examples = ["export", "status", "end-access"].into_iter().flat_map(crate::help::examples);
    let examples: Vec<String> = examples.collect();
    if examples.iter().any(|example| crate::help::names_what_is_withdrawn(example)) {
        return;
    }
    let google = Simulated::start(20_000, |_| {});
    let (parent, _) = folder();
    let browser = parent.path().join("browser");
    let address = parent.path().join("address");
    let made = Command::new("mkfifo").arg(&address).status().expect("mkfifo");
    assert!(made.success());
    fs::write(&browser, format!("#!/bin/sh\necho \"$1\" > {}\n", address.display()))
        .expect("a file");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("a program");
    let client = json!({
        "client_id": "client",
        "client_secret": "secret",
        "redirect_uris": ["http://localhost"],
    });
    let file = json!({ "installed": client }).to_string();
    fs::write(parent.path().join("client_secret.json"), file).expect("a file");

    for example in examples {
        let mut shell = crate::shell("sh", &example, parent.path());
        for (name, value) in google.program().get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        shell.env("BROWSER", &browser).env("GOOGLE_CLIENT_ID", "");
        let running = Running::start(&mut shell);
        if example.contains("youtube.clips") {
            // Opening it waits for the browser.
            let url = fs::read_to_string(&address).expect("an address");
            open(&google.decide(url.trim(), Granted::All, Access::Days30));
        }
        let ran = running.finish();
        assert_eq!(ran.status, 0, "{example}: {ran:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_the_file_leaves_no_part_and_the_next_run_goes_on() {
    let google = Simulated::start(SPEED, |config| config.archive_parts = 3);
    let (_parent, folder) = folder();
    // No file can be longer than nothing: what is stored has no room.
    let named = export(&google, &folder, &[ACTIVITY]);
    let mut full = Command::new("sh");
    full.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""])
        .arg(named.get_program())
        .args(named.get_args())
        .envs(named.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = finish(&mut full, b"");
    assert_eq!((ran.status, ran.output.as_str()), (2, ""), "{ran:?}");
    assert!(ran.errors.contains("data/.export.json: File too large"), "{}", ran.errors);
    assert!(!folder.join(".export.json").exists());

    // The second part of the archive has no room.
    let group = folder.join(ACTIVITY);
    fs::create_dir(&group).expect("a folder");
    std::os::unix::fs::symlink("/dev/full", group.join(".2-2.zip.part")).expect("a link");
    let ran = run(&google, &folder, &[ACTIVITY], Granted::All, Access::OneTime);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.errors.contains("/2-2.zip: No space left on device"), "{}", ran.errors);
    assert!(ran.errors.contains("run the same command again"), "{}", ran.errors);
    assert_eq!(files(&group), ["1-1.zip"]);
    assert_eq!(status(&google, &folder).0, 1);

    let ran = Running::start(&mut export(&google, &folder, &[])).finish();
    assert_eq!(ran.status, 0, "{ran:?}");
    let (_, printed) = status(&google, &folder);
    let stored = printed["exports"][0]["files"].as_array().expect("files");
    assert_eq!(stored.len(), files(&group).len());
    for file in stored {
        let path = folder.join(file["path"].as_str().expect("a path"));
        assert_eq!(json!(fs::metadata(path).expect("a file").len()), file["size"]);
    }
    assert_eq!(broken_rules(&google), "[]");
}
