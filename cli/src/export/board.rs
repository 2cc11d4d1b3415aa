//! What is shown while exports are running, on standard error.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};

use dataportability_scopes::api::export::{Exports, Progress, Wait};
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressStyle};

use super::folder::State;
use super::settings::Clock;

/// The most exports that have a bar of their own.
const MOST_BARS: usize = 15;

/// Bars on a terminal; elsewhere a line for each change.
pub(super) struct Board {
    bars: MultiProgress,
    overall: ProgressBar,
    of_exports: BTreeMap<String, ProgressBar>,
    said: BTreeMap<String, String>,
    is_terminal: bool,
}

impl Board {
    pub(super) fn new() -> Board {
        let bars = MultiProgress::new();
        let overall = bars.add(ProgressBar::new(0));
        overall.set_style(style("{bar:20} {pos} of {len} done"));
        Board {
            bars,
            overall,
            of_exports: BTreeMap::new(),
            said: BTreeMap::new(),
            is_terminal: stderr().is_terminal(),
        }
    }

    /// Says something above the bars.
    pub(super) fn say(&self, text: &str) {
        if self.is_terminal {
            let _ = self.bars.println(text);
        } else {
            anstream::eprintln!("{text}");
        }
    }

    /// Shows how far the exports have come.
    pub(super) fn show(&mut self, exports: &Exports, clock: Clock) {
        let done = exports.iter().filter(|export| export.waits_until().is_none()).count();
        self.overall.set_length(exports.iter().len() as u64);
        self.overall.set_position(done as u64);
        for export in exports.iter() {
            let name = State::folder_of(export.resources());
            let mut text = export.progress().to_string();
            let mut until = String::new();
            if let Some((time, wait)) = export.waits_until() {
                // A job that does not exist yet is not running.
                if export.progress() == Progress::InProgress || wait != Wait::default() {
                    text = format!("{text}: {wait}");
                }
                let left = time.duration_since(clock.now()).unwrap_or_default();
                if !left.is_zero() {
                    until = format!("; next check in {}", HumanDuration(left));
                }
            } else if let Some(reason) = export.given_up() {
                text = format!("{text}: {reason}");
            }
            self.show_one(&name, &text, &until, exports.iter().len());
        }
    }

    fn show_one(&mut self, name: &str, text: &str, until: &str, count: usize) {
        if self.is_terminal && count <= MOST_BARS {
            let bars = &self.bars;
            let bar = self.of_exports.entry(name.to_owned()).or_insert_with(|| {
                let bar = bars.add(ProgressBar::new_spinner());
                bar.set_style(style("  {prefix}  {wide_msg}"));
                bar.set_prefix(name.to_owned());
                bar
            });
            bar.set_message(format!("{text}{until}"));
        } else if self.said.get(name).map(String::as_str) != Some(text) {
            self.said.insert(name.to_owned(), text.to_owned());
            self.say(&format!("{name}  {text}"));
        }
    }

    /// Returns a bar for the bytes of a file.
    pub(super) fn of_file(&self, name: &str) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new(0));
        bar.set_style(style("  {prefix}  {bar:20} {bytes} of {total_bytes}, {eta} left"));
        bar.set_prefix(name.to_owned());
        bar
    }

    pub(super) fn clear(&self) {
        let _ = self.bars.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
