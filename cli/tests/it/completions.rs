//! `completions`: each script is sourced in its shell, which then completes.

use std::fs;
use std::path::Path;

use dataportability_scopes::catalogue::{Resource, Revision, Service};
use tempfile::TempDir;

use crate::{finish, print};

/// Returns the shells to try: those of `COMPLETION_SHELLS`, which have to be there, or those that
/// are installed.
fn shells() -> Vec<String> {
    if let Ok(named) = std::env::var("COMPLETION_SHELLS") {
        return named.split_whitespace().map(str::to_owned).collect();
    }
    let path = std::env::var("PATH").expect("a path");
    let is_installed =
        |shell: &&str| path.split(':').any(|folder| Path::new(folder).join(shell).exists());
    ["bash", "zsh", "fish"].into_iter().filter(is_installed).map(str::to_owned).collect()
}

/// Returns what completes the last word in a shell that sourced the script.
fn complete(shell: &str, words: &[&str]) -> Vec<String> {
    let folder = TempDir::new().expect("a folder");
    let (status, script) = print(&["completions", shell]);
    assert_eq!(status, 0);
    fs::write(folder.path().join("script"), script).expect("a file");
    let count = words.len();
    let line = words.join(" ");
    let last = words.last().expect("a word");
    let commands = match shell {
        "bash" => format!(
            "source ./script\n\
             COMP_WORDS=({line}); COMP_CWORD={at}; COMP_TYPE=9; COMP_LINE='{line}'; \
             COMP_POINT=${{#COMP_LINE}}\n function=$(complete -p dataportability-scopes | sed \
             's/.*-F \\([^ ]*\\).*/\\1/')\n $function dataportability-scopes '{last}' ''\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            at = count - 1
        ),
        "fish" => format!("source ./script; complete -C '{line}'"),
        // A terminal of its own. The word that Tab completes is printed.
        _ => format!(
            "zmodload zsh/zpty\n\
             zpty z zsh -f -i\n\
             zpty -w z 'autoload -Uz compinit; compinit -u -D; source ./script'\n\
             zpty -w z $'{line}\\t --json > shown 2>&1; exit'\n\
             zpty -r z shown '*exit*exit*'\n\
             zpty -d z\n\
             cat shown"
        ),
    };
    let ran = finish(&mut crate::shell(shell, &commands, folder.path()), b"");
    assert_eq!(ran.errors, "", "{shell}: {words:?}");
    let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    ran.output.lines().map(first).collect()
}

#[test]
fn commands_options_and_names_are_completed_in_the_shell_itself() {
    for shell in shells() {
        if shell == "zsh" {
            continue;
        }
        for (words, expected) in [
            (&["sho"][..], "show"),
            (&["show", "youtube.cl"], "youtube.clips"),
            (&["list", "--service", "mym"], "mymaps"),
            (&["list", "mym"], "mymaps"),
            (&["list", "--revision", "2025-01"], "2025-01-20"),
            (&["consent", "--resource", "chrome.his"], "chrome.history"),
            (&["completions", "ba"], "bash"),
            (&["list", "--categ"], "--category"),
        ] {
            let words = [&["dataportability-scopes"], words].concat();
            let found = complete(&shell, &words);
            assert_eq!(found, [expected], "{shell}: {words:?}");
        }
    }
}

#[test]
fn zsh_completes_a_name_in_a_terminal() {
    if shells().iter().all(|shell| shell != "zsh") {
        return;
    }
    let shown = complete("zsh", &["dataportability-scopes", "show", "youtube.cl"]);
    assert!(shown.iter().any(|line| line.contains("\"resource\":\"youtube.clips\"")), "{shown:?}");
}

#[test]
fn every_name_of_the_catalogue_is_offered() {
    for shell in shells().iter().filter(|shell| *shell != "zsh") {
        let offered =
            |words: &[&str]| complete(shell, &[&["dataportability-scopes"], words].concat());
        for service in Service::all() {
            let names = offered(&["show", &format!("{service}.")]);
            let mut expected: Vec<&str> = Resource::all()
                .filter(|resource| resource.service() == service)
                .map(Resource::name)
                .collect();
            expected.sort_unstable();
            let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, expected, "{shell}");
        }
        let days = offered(&["list", "--revision", "20"]);
        assert!(Revision::all().all(|revision| days.contains(&revision.name().to_owned())));
    }
}

#[test]
fn there_is_a_script_for_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (status, script) = print(&["completions", shell]);
        assert_eq!(status, 0);
        assert!(script.contains("dataportability-scopes"), "{shell}");
    }
}
