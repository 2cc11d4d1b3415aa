//! `cargo xtask release`, in a repository made for it.
#![allow(missing_docs, reason = "tests are documented by their names")]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const FILES: [(&str, &str); 3] = [
    (
        "Cargo.toml",
        "[package]\nname = \"one\"\nversion = \"0.1.3\"\n\n[dependencies]\na = \"0.1\"\n",
    ),
    (
        "cli/Cargo.toml",
        "[package]\nversion = \"0.1.3\"\n\n[dependencies.one]\nversion = \"0.1\"\npath = \"..\"\n",
    ),
    (
        "CHANGELOG.md",
        "# Changelog\n\n## Unreleased\n\n### API\n\n- New.\n\n## 0.1.3 - 2026-01-01\n",
    ),
];

fn git(folder: &TempDir, args: &[&str]) {
    let who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"];
    let ran = Command::new("git").args(who).args(args).current_dir(folder.path()).output();
    let ran = ran.expect("git runs");
    assert!(ran.status.success(), "{ran:?}");
}

fn repository() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("cli")).expect("a folder");
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text).expect(name);
    }
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "All"]);
    git(&folder, &["tag", "v0.1.3"]);
    folder
}

/// Returns what the command says if it succeeds, and its error if it fails.
fn release(folder: &TempDir, version: &str) -> Result<String, String> {
    let ran = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["release", version, "--date", "2026-08-01", "--no-package", "--project"])
        .arg(folder.path())
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    if ran.status.success() { Ok(text(ran.stdout)) } else { Err(text(ran.stderr)) }
}

#[test]
fn versions_are_set_and_what_is_unreleased_gets_a_version_and_a_day() {
    let folder = repository();
    let said = release(&folder, "0.2.0").expect("a release");
    assert!(said.contains("git tag v0.2.0"), "{said}");
    assert!(said.contains("cargo semver-checks"), "{said}");
    let [manifest, cli, changelog] = FILES.map(|(_, text)| text);
    for (name, expected) in [
        ("Cargo.toml", manifest.replace("0.1.3", "0.2.0")),
        ("cli/Cargo.toml", cli.replace("0.1.3", "0.2.0").replace("\"0.1\"", "\"0.2\"")),
        ("CHANGELOG.md", changelog.replace("\n### API", "\n## 0.2.0 - 2026-08-01\n\n### API")),
    ] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).expect(name), expected);
    }
}

#[test]
fn what_cannot_be_released_is_refused_and_nothing_is_changed() {
    let folder = repository();
    for version in ["0.1.3", "0.1.2", "0.0.9"] {
        let error = release(&folder, version).expect_err("an old version");
        assert!(error.contains("give a newer"), "{error}");
    }
    for (changelog, words) in [
        ("# Changelog\n\n## Unreleased\n\n## 0.1.3\n\n- Old.\n", "has nothing under"),
        ("# Changelog\n\n## 0.1.3\n\n- Old.\n", "has no section"),
    ] {
        let file = folder.path().join("CHANGELOG.md");
        fs::write(&file, changelog).expect("a file");
        let error = release(&folder, "0.2.0").expect_err("a change that is not committed");
        assert!(error.contains("the working tree is not clean"), "{error}");
        git(&folder, &["commit", "--quiet", "-am", "Changelog"]);
        let error = release(&folder, "0.2.0").expect_err("nothing to release");
        assert!(error.contains(words), "{error}");
        assert_eq!(fs::read_to_string(file).expect("a file"), changelog);
    }
}
