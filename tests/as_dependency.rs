//! The crate as a dependency: built by cargo from a changed copy of the project. Only
//! `.ci/as-dependency` runs it.

#[path = "it/data_folder.rs"]
mod data_folder;
#[path = "it/lists.rs"]
mod lists;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use data_folder::{copy_folder, describe};
use tempfile::TempDir;

/// A copy of what cargo needs to build the crate, and a program that depends on it.
struct Project {
    folder: TempDir,
}

impl Project {
    /// `dependencies` are lines of the program's manifest, `main` is its source.
    fn new(dependencies: &str, main: &str) -> Project {
        let folder = TempDir::new().expect("a folder");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let library = folder.path().join("library");
        for part in ["build", "data", "src"] {
            copy_folder(&root.join(part), &library.join(part));
        }
        describe(&library.join("data"));
        fs::copy(root.join("build.rs"), library.join("build.rs")).expect("build.rs");
        fs::write(library.join("Cargo.toml"), manifest_without_targets(root)).expect("a manifest");

        let program = folder.path().join("program");
        fs::create_dir_all(program.join("src")).expect("a folder");
        fs::write(program.join("src/main.rs"), main).expect("a program");
        fs::write(
            program.join("Cargo.toml"),
            format!(
                "[package]\nname = \"program\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
                 dataportability-scopes = {{ path = \"../library\", default-features = false }}\n{dependencies}"
            ),
        )
        .expect("a manifest");
        fs::copy(root.join("Cargo.lock"), program.join("Cargo.lock")).expect("a lock file");
        Project { folder }
    }

    /// Adds a revision with one more group.
    fn add_revision(&self, group: &str) {
        let (_, mut scopes) = lists::revisions().pop().expect("a list");
        scopes.push(format!("https://www.googleapis.com/auth/dataportability.{group}"));
        let (count, scopes) = (scopes.len(), scopes.join("\n"));
        let list = format!("# source: a test\n# count: {count}\n{scopes}\n");
        fs::write(self.data("revisions/2099-12-31.txt"), list).expect("a list");
    }

    fn data(&self, file: &str) -> PathBuf {
        self.folder.path().join("library/data").join(file)
    }

    /// Runs the program. All that it needs was fetched to build this test.
    fn run(&self) -> Output {
        // All copies share what they build of the dependencies, one after another.
        static TARGET: Mutex<()> = Mutex::new(());
        let _one = TARGET.lock().unwrap_or_else(PoisonError::into_inner);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--offline"])
            .current_dir(self.folder.path().join("program"))
            .env("CARGO_TARGET_DIR", root.join("target/as-dependency"))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo runs")
    }

    fn prints(&self, expected: &str) {
        let output = self.run();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{errors}");
    }
}

/// The manifest without the examples, benches and tests, which are not copied.
fn manifest_without_targets(root: &Path) -> String {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    let mut kept = String::new();
    let mut keep = true;
    for line in manifest.split_inclusive('\n') {
        if line.starts_with('[') {
            keep = !["[[example]]", "[[bench]]", "[[test]]"].contains(&line.trim());
        }
        if keep {
            kept += line;
        }
    }
    kept
}

#[test]
fn a_scope_longer_than_any_published_one_is_compared_whole() {
    let long = format!("zoo.{}", "animal_noises_".repeat(8)) + "total";
    let program = r#"
use dataportability_scopes::catalogue::{Resource, SCOPE_PREFIX, Scope};
use dataportability_scopes::grant::Grant;

fn main() {
    let group = "LONG";
    let token = format!("{SCOPE_PREFIX}{group}");
    let scope = group.parse::<Resource>().unwrap().scope();
    assert_eq!(Scope::find(&token), Some(scope));
    for at in 0..token.len() {
        let near = [&token[..at], "~", &token[at + 1..]].concat();
        assert_eq!(Scope::find(&near), None, "{near}");
        assert!(near.parse::<Grant>().unwrap().scopes().known().is_empty(), "{near}");
    }
    println!("{}", token.parse::<Grant>().unwrap().scopes().contains(scope));
}
"#;
    let project = Project::new("", &program.replace("LONG", &long));
    project.add_revision(&long);
    project.prints("true\n");
}

#[test]
fn the_perfect_hash_survives_a_graph_in_which_phf_has_another_algorithm() {
    let project = Project::new(
        "phf = { version = \"0.14\", features = [\"ptrhash\"] }\n",
        r#"
use dataportability_scopes::catalogue::{Resource, SCOPE_TOKENS, Scope};

fn main() {
    for scope in Resource::all().map(Resource::scope) {
        assert_eq!(Scope::find(scope.as_str()), Some(scope));
        assert!(SCOPE_TOKENS.contains(scope.as_str()));
    }
    println!("{}", Resource::all().map(Resource::scope).len() == SCOPE_TOKENS.len());
}
"#,
    );
    project.prints("true\n");
}

#[test]
fn a_broken_data_file_stops_the_build_with_its_line() {
    let project = Project::new("", "fn main() {}\n");
    let file = project.data("revisions/2025-01-20.txt");
    let list = fs::read_to_string(&file).expect("a list");
    fs::write(&file, list.replace("youtube.clips", "youtube.clips/")).expect("a list");
    let output = project.run();
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    let expected = "data/revisions/2025-01-20.txt:56: \
        \"https://www.googleapis.com/auth/dataportability.youtube.clips/\" is malformed";
    assert!(errors.contains(expected), "{errors}");
}
