//! What an operator sets without Rust: the app's name, what is on offer, what it is for, wording.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use dataportability_scopes::{Resource, Revision, ScopeSet};
use serde::Deserialize;
use toml::{Table, Value};

use crate::pages::{Notice, Problem};

const DEFAULT: &str = include_str!("../connect.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) retention: String,
    pub(crate) privacy: String,
    keep_days: u32,
    largest_file_mib: u64,
    pub(crate) developer_panel: bool,
    pub(crate) project_number: Option<u64>,
    kinds: Option<Vec<String>>,
    pub(crate) texts: Texts,
    pub(crate) notices: HashMap<Notice, Words>,
    pub(crate) problems: HashMap<Problem, Words>,
    purposes: HashMap<String, String>,
    #[serde(skip)]
    on_offer: ScopeSet,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Texts {
    pub(crate) choose_heading: String,
    pub(crate) choose_lede: String,
    pub(crate) summary_heading: String,
    pub(crate) exports_heading: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) heading: String,
    pub(crate) text: String,
}

impl Settings {
    /// Reads an operator's file. What it leaves out is as in `connect.toml`.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Settings> {
        let Some(path) = file else {
            return Settings::parse("");
        };
        let name = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        Settings::parse(&text).with_context(|| format!("{name} cannot be used"))
    }

    fn parse(text: &str) -> anyhow::Result<Settings> {
        let mut table: Table = DEFAULT.parse()?;
        merge(&mut table, text.parse()?);
        let name = table["name"].as_str().unwrap_or_default().to_owned();
        let days = table["keep-days"].as_integer().unwrap_or_default().to_string();
        let mut all = Value::Table(table);
        fill(&mut all, &|text| text.replace("{name}", &name).replace("{days}", &days));
        let mut settings: Settings = all.try_into()?;
        settings.on_offer = Revision::NEWEST.scopes();
        if let Some(kinds) = &settings.kinds {
            let mut chosen = ScopeSet::EMPTY;
            for kind in kinds {
                chosen |= ScopeSet::from(kind.parse::<Resource>().context("in `kinds`")?);
            }
            settings.on_offer &= chosen;
        }
        if settings.on_offer.is_empty() {
            bail!("`kinds` has nothing that Google hands over today");
        }
        for key in settings.purposes.keys().filter(|key| *key != "other") {
            let is_service = key.parse::<dataportability_scopes::Service>().is_ok();
            if !is_service && key.parse::<Resource>().is_err() {
                bail!("`purposes` has {key:?}, which is no kind of data and no service");
            }
        }
        Ok(settings)
    }

    /// Returns what users can choose. A scope that Google has withdrawn would sink a request.
    pub(crate) fn on_offer(&self) -> ScopeSet {
        self.on_offer
    }

    /// Returns what a kind of data is for.
    pub(crate) fn purpose(&self, resource: Resource) -> &str {
        let keys = [resource.name(), resource.service().name(), "other"];
        let mut found = keys.iter().filter_map(|key| self.purposes.get(*key));
        found.next().map_or("", String::as_str)
    }

    /// Returns how long what has arrived is kept.
    pub(crate) fn keep(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_days) * 24 * 60 * 60)
    }

    /// Returns the most bytes of a file that are fetched.
    pub(crate) fn largest_file(&self) -> u64 {
        self.largest_file_mib.saturating_mul(1024 * 1024)
    }
}

/// Puts the values of one table into another.
fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Replaces each text.
fn fill(value: &mut Value, filled: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = filled(text),
        Value::Table(table) => table.iter_mut().for_each(|(_, value)| fill(value, filled)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Notice, Problem, Settings};

    #[test]
    fn every_notice_and_every_problem_has_its_words() {
        let settings = Settings::parse("").unwrap();
        // The error names the text, then all variants.
        let variants = |error: serde_json::Error| error.to_string().matches('`').count() / 2 - 1;
        let notices = serde_json::from_str::<Notice>("\"\"").unwrap_err();
        let problems = serde_json::from_str::<Problem>("\"\"").unwrap_err();
        assert_eq!(settings.notices.len(), variants(notices));
        assert_eq!(settings.problems.len(), variants(problems));
    }

    #[test]
    fn a_file_that_would_not_do_what_it_says_is_refused() {
        for (text, wrong) in [
            ("kinds = ['youtube.histroy']", "in `kinds`"),
            ("kinds = []", "nothing that Google hands over"),
            ("nmae = 'x'", "unknown field `nmae`"),
            ("[purposes]\nyuotube = 'x'", "yuotube"),
            ("name = ", ""),
        ] {
            let error = Settings::parse(text).unwrap_err();
            assert!(format!("{error:#}").contains(wrong), "{text}: {error:#}");
        }
    }
}
