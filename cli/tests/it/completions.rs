use dataportability_scopes::catalogue::{Resource, Revision, Service};

use crate::{print, refusal};

#[test]
fn each_shell_has_a_script_that_completes_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (status, script) = print(&["completions", shell]);
        assert_eq!(status, 0);
        for command in [
            "list",
            "show",
            "check",
            "diff",
            "retry",
            "consent",
            "drift",
            "catalogue",
            "completions",
        ] {
            assert!(script.contains(command), "{shell} {command}");
        }
    }
}

#[test]
fn the_names_of_resources_services_and_revisions_are_completed() {
    for shell in ["bash", "fish", "zsh"] {
        let (_, script) = print(&["completions", shell]);
        let names = Resource::all().map(Resource::name);
        for name in names
            .chain(Service::all().map(Service::name))
            .chain(Revision::all().map(Revision::name))
            .chain(["newest"])
        {
            assert!(script.contains(name), "{shell} {name}");
        }
    }
}

#[test]
fn an_unknown_shell_is_refused_with_the_known_ones() {
    let error = refusal(&["completions", "tcsh"]);
    assert!(
        error.contains("[possible values: bash, elvish, fish, powershell, zsh]"),
        "{error}"
    );
    assert!(refusal(&["completions"]).contains("<SHELL>"));
}
