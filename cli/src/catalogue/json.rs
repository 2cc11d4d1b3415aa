//! `catalogue.json`.

use dataportability_scopes::catalogue::SCOPE_PREFIX;
use serde::Serialize;
use serde_json::json;

use super::Catalogue;

impl Catalogue {
    /// Returns the catalogue as JSON, with one line for each revision and resource group.
    pub(crate) fn to_json(&self) -> String {
        format!(
            "{{\n\"$schema\": \"catalogue.schema.json\",\n\"prefix\": {},\n\"revisions\": [\n{}\n],\n\"resources\": [\n{}\n]\n}}\n",
            json!(SCOPE_PREFIX),
            lines(&self.revisions),
            lines(&self.resources)
        )
    }
}

fn lines(entries: &[impl Serialize]) -> String {
    let lines: Vec<String> = entries.iter().map(line).collect();
    lines.join(",\n")
}

#[expect(
    clippy::expect_used,
    reason = "a struct of strings and numbers is always JSON"
)]
fn line(entry: &impl Serialize) -> String {
    serde_json::to_string(entry).expect("JSON")
}
