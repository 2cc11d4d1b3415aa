//! Exports; `"COMPLETED"` is prose here.

const SCOPES: &[&str] = &[
    "https://www.googleapis.com/auth/dataportability.shopping.adresses", // finds: unknown_scope
    "https://www.googleapis.com/auth/calendar", // finds: other_api
];

fn start() -> Request {
    Request::new().resources(["chrome.bookmarks", "chrome.passwords"]) // finds: unknown_resource
}

fn is_done(archive: &Archive, id: &str) -> bool {
    let url = format!("{BASE}/v1/archiveJobs/{id}:portabilityArchiveState"); // finds: unknown_path
    get(url);
    match archive.state.as_str() {
        "IN_PROGRESS" => false,
        "SUCCEEDED" => true, // finds: unknown_state
        _ => false,
    }
}

const BODY: &str = "{\"resources\": [\"chrome.bookmarks\", \"chrome.passwords\"]}"; // finds: unknown_resource
