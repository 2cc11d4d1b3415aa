//! What readers see of the pages on a code host, where nothing is hidden and every link is a path.
#![allow(missing_docs, reason = "tests are documented by their names")]

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The pages of the guide, and those at the top level.
fn pages() -> Vec<(PathBuf, String)> {
    let folders = ["", "docs"].map(|folder| fs::read_dir(Path::new(ROOT).join(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|it| it == "md"));
    pages.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The text outside of code blocks.
fn prose(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

#[test]
fn no_line_of_a_code_block_is_hidden_in_the_documentation_alone() {
    for (path, page) in pages() {
        for block in page.split("```").skip(1).step_by(2).filter(|it| it.starts_with("rust")) {
            let hidden = block.lines().find(|line| line.trim() == "#" || line.starts_with("# "));
            assert_eq!(hidden, None, "{}", path.display());
        }
    }
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    for (path, page) in pages() {
        let page = prose(&page);
        let inline = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let defined = page.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
        for target in inline.chain(defined.map(|(_, target)| target)) {
            let file = target.split('#').next().unwrap();
            let exists = path.with_file_name("").join(file).exists();
            assert!(exists || target.starts_with("https://"), "{}: {target}", path.display());
        }
    }
}

#[test]
fn every_link_of_the_guide_leads_to_an_item_or_a_page_in_the_documentation_too() {
    let guide = include_str!("../../../src/guide_links.md");
    for (path, page) in pages() {
        if path.with_file_name("").ends_with("docs") {
            let labels = page.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
            for (label, _) in labels {
                let defined = guide.contains(&format!("[{label}]: crate::"));
                assert!(defined, "{}: [{label}]", path.display());
            }
        }
    }
}

/// Code is quick to write by hand only while it is short.
#[test]
fn the_pages_show_the_code_as_it_is_and_it_is_short() {
    let adapters = [include_str!("../src/reqwest.rs"), include_str!("../src/ureq.rs")];
    let app = include_str!("../examples/web_app.rs");
    assert!(app.contains(adapters[0]));
    for (page, code, most_lines) in [
        ("http_clients", adapters[0], 10),
        ("http_clients", adapters[1], 10),
        ("web_app", app, 115),
        ("export", include_str!("../src/export_loop.rs"), 45),
        ("export", include_str!("../src/export_page.rs"), 45),
        ("desktop_clients", include_str!("../src/loopback.rs"), 45),
    ] {
        let page = fs::read_to_string(format!("{ROOT}/docs/{page}.md")).unwrap();
        assert!(page.contains(code), "{code}");
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= most_lines, "{lines}: {code}");
    }
}

#[test]
fn every_client_that_a_page_builds_has_a_time_out() {
    for (_, page) in pages() {
        let count =
            |parts: [&str; 2]| parts.map(|it| page.matches(it).count()).iter().sum::<usize>();
        let built = count(["Client::builder()", "Agent::config_builder()"]);
        let of_ureq = "timeout_global(Some(Duration::from_secs(30)))";
        assert_eq!(count(["timeout(Duration::from_secs(30))", of_ureq]), built);
    }
}
