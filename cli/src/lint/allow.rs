//! Findings that are allowed, in place and by a file.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::finding::Kind;

/// The file that is read if there is one.
const FILE: &str = ".dataportability-scopes-allow";

/// What a comment begins with that allows findings.
pub(super) const COMMENT: &str = "dataportability-scopes: allow";

/// The files whose findings are allowed.
pub(super) struct AllowedFiles {
    folder: PathBuf,
    rules: Vec<(Gitignore, Vec<Kind>)>,
}

impl AllowedFiles {
    /// Reads a file of rules: lines of a pattern as in `.gitignore`, and kinds.
    pub(super) fn read(file: Option<&Path>) -> Result<AllowedFiles, Box<dyn Error>> {
        let folder = std::env::current_dir()?;
        let path = file.unwrap_or(Path::new(FILE));
        let mut rules = Vec::new();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(_) if file.is_none() && !path.exists() => String::new(),
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        };
        for (number, line) in text.lines().enumerate() {
            let error = |what: String| format!("{}:{}: {what}", path.display(), number + 1);
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            let pattern = words.next().unwrap_or_default();
            let mut builder = GitignoreBuilder::new(&folder);
            builder.add_line(None, pattern).map_err(|problem| error(problem.to_string()))?;
            let kinds = words
                .map(|word| kind(word).ok_or_else(|| error(format!("there is no kind {word:?}"))))
                .collect::<Result<Vec<Kind>, String>>()?;
            rules.push((builder.build()?, kinds));
        }
        Ok(AllowedFiles { folder, rules })
    }

    pub(super) fn allows(&self, path: &Path, kind: Kind) -> bool {
        if self.rules.is_empty() {
            return false;
        }
        let path = self.folder.join(path.strip_prefix(".").unwrap_or(path));
        self.rules.iter().any(|(pattern, kinds)| {
            (kinds.is_empty() || kinds.contains(&kind))
                && path.starts_with(&self.folder)
                && pattern.matched_path_or_any_parents(&path, false).is_ignore()
        })
    }
}

fn kind(word: &str) -> Option<Kind> {
    Kind::from_str(word, false).ok()
}

/// Returns whether a line allows findings of a kind in itself and the next line.
pub(super) fn allows(line: &str, wanted: Kind) -> bool {
    let Some((_, kinds)) = line.split_once(COMMENT) else {
        return false;
    };
    let words = kinds.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    // A first word such as unknown_scop is a kind with a mistake, and allows nothing.
    let has_kind = words.peek().is_some_and(|word| word.contains('_') || kind(word).is_some());
    !has_kind || words.map_while(kind).any(|it| it == wanted)
}
