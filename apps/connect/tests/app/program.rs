//! The program as users start it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::browser::client;

/// A running app with a database of its own, ended when it is dropped.
pub(crate) struct Program {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    stand_in_port: u16,
    arguments: Vec<String>,
    /// The server in Google's place, unless it is the stand-in.
    google: Option<String>,
}

impl Program {
    /// Starts the app with its stand-in, of which no export fails by itself.
    pub(crate) fn start() -> Program {
        Program::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Program {
        let folder = TempDir::new().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let mut program =
            Program { child: None, folder, port: 0, stand_in_port: 0, arguments, google: None };
        program.start_again();
        program
    }

    /// Starts the app with a server at this origin in Google's place.
    pub(crate) fn start_against(origin: &str, arguments: &[&str]) -> Program {
        let mut program = Program {
            child: None,
            folder: TempDir::new().unwrap(),
            port: 0,
            stand_in_port: 0,
            arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
            google: Some(origin.to_owned()),
        };
        program.start_again();
        program
    }

    /// Kills the app as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts the app where it was.
    pub(crate) fn start_again(&mut self) {
        let mut command = command();
        command.args(["--port", &self.port.to_string()]);
        if let Some(origin) = &self.google {
            for (name, path) in [
                ("AUTHORIZATION_ENDPOINT", "/o/oauth2/v2/auth"),
                ("TOKEN_ENDPOINT", "/token"),
                ("REVOCATION_ENDPOINT", "/revoke"),
                ("TOKEN_INFO_ENDPOINT", "/tokeninfo"),
                ("API_BASE_URL", ""),
            ] {
                command.env(name, format!("{origin}{path}"));
            }
            command.envs(CLIENT).env("CONNECT_KEY", "0".repeat(64));
        } else {
            let port = self.stand_in_port.to_string();
            command.args(["--stand-in-failures", "0", "--stand-in-port", &port]);
        }
        command.args(&self.arguments);
        let (child, mut lines) = spawn(command, self.folder.path());
        self.child = Some(child);
        self.port = port_of(&mut lines, "Open http://127.0.0.1:");
        if self.google.is_none() {
            let stand_in =
                "The app talks to a stand-in for Google on this machine (http://127.0.0.1:";
            self.stand_in_port = port_of(&mut lines, stand_in);
        }
    }

    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.start_again();
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn stand_in(&self) -> String {
        format!("http://127.0.0.1:{}", self.stand_in_port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns what a file beside the database contains.
    pub(crate) fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns what the app has written for its developer so far.
    pub(crate) fn terminal(&self) -> String {
        fs::read_to_string(self.folder.path().join("terminal")).unwrap()
    }

    /// Returns what the stand-in has counted.
    pub(crate) async fn audit(&self) -> Value {
        let url = format!("{}/stand-in/audit", self.stand_in());
        let response = client().get(url).send().await.unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// Does what the page of a Google account offers: removes the app's access.
    pub(crate) async fn remove_access(&self) {
        let form = "do=remove-access&account=ada%40example.com&project=1234567890";
        self.stand_in_control(form).await;
    }

    /// Presses a button of the stand-in's page.
    pub(crate) async fn stand_in_control(&self, form: &str) {
        let request = client()
            .post(format!("{}/stand-in", self.stand_in()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        assert_eq!(request.send().await.unwrap().status(), 303);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect"));
    for name in
        ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "CONNECT_KEY", "PUBLIC_URL", "CLOCK_SPEED"]
    {
        command.env_remove(name);
    }
    command
}

type Lines = std::io::Lines<BufReader<ChildStdout>>;

/// Starts the app with its files in a folder, and returns the lines that it prints.
fn spawn(mut command: Command, folder: &Path) -> (Child, Lines) {
    let terminal =
        fs::OpenOptions::new().create(true).append(true).open(folder.join("terminal")).unwrap();
    let mut child =
        command.arg("--data").arg(folder).stdout(Stdio::piped()).stderr(terminal).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

fn port_of(lines: &mut Lines, before: &str) -> u16 {
    let line = lines.next().expect("the app starts").unwrap();
    let rest = line.strip_prefix(before).expect("the address");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// Starts the app where it cannot start, and returns what it says.
fn refused(folder: &Path, environment: &[(&str, &str)]) -> String {
    let mut child = command()
        .args(["--port", "0", "--stand-in-port", "0", "--data"])
        .arg(folder)
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0];
    let started = child.stdout.as_mut().unwrap().read(&mut first).unwrap() > 0;
    if started {
        child.kill().unwrap();
    }
    let Output { stderr, .. } = child.wait_with_output().unwrap();
    assert!(!started, "the app started");
    String::from_utf8(stderr).unwrap()
}

const CLIENT: [(&str, &str); 2] =
    [("GOOGLE_CLIENT_ID", "client"), ("GOOGLE_CLIENT_SECRET", "secret")];

#[test]
fn google_needs_a_key() {
    let folder = TempDir::new().unwrap();
    let said = refused(folder.path(), &CLIENT);
    assert!(
        said.starts_with("error: CONNECT_KEY is not set. It encrypts the tokens in "),
        "{said}"
    );
}

#[test]
fn a_key_of_another_form_is_refused() {
    let folder = TempDir::new().unwrap();
    for key in ["", "0", &"g".repeat(64), &"0".repeat(63), &"0".repeat(65)] {
        assert_eq!(
            refused(folder.path(), &[("CONNECT_KEY", key)]),
            "error: CONNECT_KEY must be 64 hexadecimal digits, such as `openssl rand -hex 32` prints\n"
        );
    }
}

#[test]
fn another_key_does_not_open_the_database() {
    let program = Program::start();
    let folder = &program.folder;
    let copy = TempDir::new().unwrap();
    for name in ["connect.db", "connect.db-wal"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let said = refused(copy.path(), &[("CONNECT_KEY", &"0".repeat(64))]);
    assert!(said.starts_with("error: the key does not belong to "), "{said}");
}

#[test]
fn one_database_is_for_one_process() {
    let program = Program::start();
    let said = refused(program.folder.path(), &[]);
    assert!(said.contains("give another folder with --data if another connect uses it"), "{said}");
}

#[test]
fn half_a_client_is_refused() {
    let folder = TempDir::new().unwrap();
    for half in CLIENT {
        assert_eq!(
            refused(folder.path(), &[half]),
            "error: set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither\n"
        );
    }
}

#[test]
fn a_fast_clock_is_refused_against_google() {
    let folder = TempDir::new().unwrap();
    let key = "0".repeat(64);
    let mut environment = vec![("CONNECT_KEY", key.as_str()), ("CLOCK_SPEED", "600")];
    environment.extend(CLIENT);
    let said = refused(folder.path(), &environment);
    let expected = "error: CLOCK_SPEED=600 is refused ";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn key_and_database_are_readable_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::start();
    for name in ["connect.db", "connect.db-wal", "key"] {
        let mode = fs::metadata(program.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_public_url_is_an_origin_and_needs_more_than_the_stand_in() {
    let folder = TempDir::new().unwrap();
    for url in [
        "https://app.example.com//",
        "https://app.example.com/app",
        "http://app.example.com",
        "https://app.example.com?x",
        "app.example.com",
    ] {
        let mut environment = CLIENT.to_vec();
        environment.push(("PUBLIC_URL", url));
        let said = refused(folder.path(), &environment);
        assert!(said.starts_with("error: PUBLIC_URL must be an origin"), "{url}: {said}");
    }
    let said = refused(folder.path(), &[("PUBLIC_URL", "https://app.example.com")]);
    assert!(said.starts_with("error: PUBLIC_URL is set, but the stand-in"), "{said}");
}
