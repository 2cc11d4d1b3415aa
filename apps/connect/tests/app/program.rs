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
    /// Starts the app with its stand-in. No export fails by itself.
    pub(crate) fn start() -> Program {
        Program::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Program {
        Program::start_against(None, arguments)
    }

    /// Starts the app with a server at this origin in Google's place.
    pub(crate) fn start_against(google: Option<String>, arguments: &[&str]) -> Program {
        let arguments = arguments.iter().map(|it| (*it).to_owned()).collect();
        let folder = TempDir::new().unwrap();
        let mut program =
            Program { child: None, folder, port: 0, stand_in_port: 0, arguments, google };
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
        fs::read(self.path(name)).unwrap()
    }

    /// Returns what can be read of the database.
    pub(crate) fn database(&self) -> String {
        let files = [self.file("connect.db"), self.file("connect.db-wal")].concat();
        String::from_utf8_lossy(&files).into_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns what the app has written for its developer so far.
    pub(crate) fn terminal(&self) -> String {
        fs::read_to_string(self.path("terminal")).unwrap()
    }

    /// Returns how often the stand-in has counted something. No rule may have been broken.
    pub(crate) async fn audited(&self, what: &str) -> u64 {
        let url = format!("{}/stand-in/audit", self.stand_in());
        let response = client().get(url).send().await.unwrap();
        let audit: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(audit["violations"].as_array().unwrap().len(), 0, "{audit}");
        audit["total"][what].as_u64().unwrap()
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
fn what_cannot_be_meant_is_refused_and_said() {
    let [id, secret] = CLIENT;
    let key = ("CONNECT_KEY", "0000000000000000000000000000000000000000000000000000000000000000");
    let half = "set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither\n";
    let no_key = "CONNECT_KEY must be 64 hexadecimal digits, such as `openssl rand -hex 32` prints";
    let no_origin = "PUBLIC_URL must be an origin";
    for (environment, said) in [
        (vec![id], half),
        (vec![secret], half),
        (vec![id, secret], "CONNECT_KEY is not set. It encrypts the tokens in "),
        (vec![("CONNECT_KEY", "")], no_key),
        (vec![("CONNECT_KEY", &key.1[1..])], no_key),
        (vec![id, secret, key, ("CLOCK_SPEED", "600")], "CLOCK_SPEED=600 is refused "),
        (vec![("PUBLIC_URL", "https://app.example.com")], "PUBLIC_URL is set, but the stand-in"),
        (vec![id, secret, ("PUBLIC_URL", "https://app.example.com//")], no_origin),
        (vec![id, secret, ("PUBLIC_URL", "https://app.example.com/app")], no_origin),
        (vec![id, secret, ("PUBLIC_URL", "http://app.example.com")], no_origin),
        (vec![id, secret, ("PUBLIC_URL", "https://app.example.com?x")], no_origin),
        (vec![id, secret, ("PUBLIC_URL", "app.example.com")], no_origin),
    ] {
        let folder = TempDir::new().unwrap();
        let expected = format!("error: {said}");
        let said = refused(folder.path(), &environment);
        assert!(said.starts_with(&expected), "{environment:?}: {said}");
    }
}

#[test]
fn a_database_is_for_one_process_with_its_own_key_and_for_its_owner_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::start();
    for name in ["connect.db", "connect.db-wal", "key"] {
        let mode = fs::metadata(program.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let said = refused(program.folder.path(), &[]);
    assert!(said.contains("give another folder with --data if another connect uses it"), "{said}");
    let old = TempDir::new().unwrap();
    let db = rusqlite::Connection::open(old.path().join("connect.db")).unwrap();
    let schema = include_str!("../../src/store/schema.sql").replace(" AUTOINCREMENT", "");
    db.execute_batch(&schema).unwrap_err();
    drop(db);
    let said = refused(old.path(), &[]);
    assert!(said.contains("or an older one made it"), "{said}");
    let copy = TempDir::new().unwrap();
    for name in ["connect.db", "connect.db-wal"] {
        fs::copy(program.path(name), copy.path().join(name)).unwrap();
    }
    let said = refused(copy.path(), &[("CONNECT_KEY", &"0".repeat(64))]);
    assert!(said.starts_with("error: the key does not belong to "), "{said}");
}
