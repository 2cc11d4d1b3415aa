//! What has become of an export: at its end, and for `status`.

use std::path::Path;
use std::time::SystemTime;

use anstyle::Style;
use dataportability_scopes::api::export::{Export, Exports, Progress};
use indicatif::{DecimalBytes, HumanDuration};
use serde_json::{Value, json};

use super::folder::{State, StoredFile};
use crate::argument::quantity;
use crate::output::Output;
use crate::terminal::{BAD, CAREFUL, Cell, GOOD, PLAIN, Table, width};

/// Returns whether all that was granted is there.
pub(super) fn is_complete(state: &State) -> bool {
    state.exports.as_ref().is_some_and(|exports| {
        exports.iter().len() > 0
            && exports.iter().all(|export| export.progress() == Progress::Downloaded)
    })
}

/// Prints a line for each resource group that was asked for.
pub(super) fn print(state: &State, folder: &Path, now: SystemTime, out: &mut Output) {
    let mut table = Table::new(&["RESOURCE", "EXPORT", "DETAILS"]);
    for export in state.exports.iter().flat_map(Exports::iter) {
        let progress = export.progress();
        let style = match progress {
            Progress::Downloaded => GOOD,
            Progress::GivenUp => BAD,
            _ => CAREFUL,
        };
        let names: Vec<&str> = export.resources().names().collect();
        let details = details(state, &export, folder, now);
        table.row(row(&names.join(" "), style, &progress.to_string(), &details));
    }
    for name in state.declined.names() {
        table.row(row(name, BAD, "not granted", "its box was not ticked at Google"));
    }
    if state.exports.is_none() && state.declined.is_empty() {
        for name in state.requested.names() {
            table.row(row(name, CAREFUL, "no access", "run the export to be asked at Google"));
        }
    }
    table.write(width(), out);
}

fn row(name: &str, style: Style, progress: &str, details: &str) -> Vec<Cell> {
    vec![(PLAIN, name.to_owned()), (style, progress.to_owned()), (PLAIN, details.to_owned())]
}

fn details(state: &State, export: &Export, folder: &Path, now: SystemTime) -> String {
    if let Some(reason) = export.given_up() {
        return reason.to_string();
    }
    if let Some((time, wait)) = export.waits_until() {
        let left = time.duration_since(now).unwrap_or_default();
        return format!("{wait}; next check in {}", HumanDuration(left));
    }
    let files = files(state, export);
    let size = files.iter().map(|file| file.size).sum();
    let path = folder.join(State::folder_of(export.resources()));
    let count = quantity(files.len(), "file");
    format!("{count}, {}, in {}", DecimalBytes(size), path.display())
}

fn files<'state>(state: &'state State, export: &Export) -> &'state [StoredFile] {
    let files = export.job().and_then(|job| state.files.get(job.as_str()));
    files.map_or(&[], Vec::as_slice)
}

pub(super) fn to_json(state: &State) -> Value {
    let exports = state.exports.iter().flat_map(Exports::iter);
    let exports = exports.map(|export| {
        json!({
            "resources": export.resources().names().collect::<Vec<_>>(),
            "progress": export.progress().to_string(),
            "job": export.job(),
            "wait": export.waits_until().map(|(_, wait)| wait.to_string()),
            "reason": export.given_up().map(|reason| reason.to_string()),
            "files": files(state, &export),
        })
    });
    json!({
        "complete": is_complete(state),
        "requested": state.requested.names().collect::<Vec<_>>(),
        "declined": state.declined.names().collect::<Vec<_>>(),
        "exports": exports.collect::<Vec<_>>(),
    })
}
