//! `dataportability.googleapis.com`.

use dataportability_scopes::catalogue::Resource;

const SCOPE: &str = "https://www.googleapis.com/auth/dataportability.shopping.addresses";

fn resources() -> [&'static str; 2] {
    ["chrome.reading_list", "chrome.bookmarks"]
}

fn is_final(state: &str) -> bool {
    matches!(state, "COMPLETE" | "FAILED" | "CANCELLED")
}

fn body(names: &str) -> String {
    format!("{{\"resources\": [\n{names}\n], \"startTime\": null}}")
}

const BODY: &str = "{\"resources\": [\"chrome.bookmarks\"]}";
