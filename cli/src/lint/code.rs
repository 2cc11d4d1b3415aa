//! The code of a source file of any language: without its comments, and as string literals.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::pattern;

static TAG: LazyLock<Regex> = LazyLock::new(|| pattern("<[^<>]*>"));

/// How a language writes comments.
struct Comments {
    line: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
}

/// What a file is, by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Slashes,
    Hashes,
    Dashes,
    Markup,
    Data,
    Prose,
}

impl Form {
    fn of(path: &Path) -> Form {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match extension.to_str().unwrap_or_default() {
            _ if name.starts_with(".env.") => Form::Hashes,
            "" | "py" | "pyi" | "rb" | "sh" | "bash" | "zsh" | "fish" | "yaml" | "yml" | "toml"
            | "env" | "ini" | "cfg" | "conf" | "properties" | "tf" | "r" | "pl" | "ex" | "exs"
            | "ps1" | "mk" | "nix" => Form::Hashes,
            "sql" | "lua" | "hs" | "elm" => Form::Dashes,
            "html" | "htm" | "xml" | "svg" | "plist" => Form::Markup,
            "json" | "ipynb" | "jsonl" | "har" | "lock" | "csv" | "tsv" => Form::Data,
            "md" | "markdown" | "mdx" | "rst" | "adoc" | "org" | "txt" | "tex" | "log" => {
                Form::Prose
            }
            _ => Form::Slashes,
        }
    }

    fn comments(self) -> Comments {
        match self {
            Form::Slashes => Comments { line: &["//", "#:", "# "], block: Some(("/*", "*/")) },
            Form::Hashes => Comments { line: &["#"], block: Some(("\"\"\"", "\"\"\"")) },
            Form::Dashes => Comments { line: &["--"], block: None },
            Form::Markup => Comments { line: &[], block: Some(("<!--", "-->")) },
            Form::Data | Form::Prose => Comments { line: &[], block: None },
        }
    }
}

/// A line of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'text> {
    /// The whole line.
    pub(super) text: &'text str,
    /// Its beginning, up to a comment.
    pub(super) code: &'text str,
    /// Whether people read it: only a scope that stands alone in it counts.
    pub(super) is_prose: bool,
}

/// Returns the lines of a file.
pub(super) fn lines<'text>(path: &Path, text: &'text str) -> Vec<Line<'text>> {
    let form = Form::of(path);
    let comments = form.comments();
    let (mut in_block, mut in_string, mut in_fence) = (false, false, false);
    text.lines()
        .map(|text| {
            let trimmed = text.trim_start();
            if form == Form::Prose {
                if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
                    in_fence = !in_fence;
                }
                // The language of a fence is not known.
                let fenced = Comments { line: &["//", "# "], block: None };
                let code = if in_fence { without_comment(text, &fenced) } else { text };
                return Line { text, code, is_prose: !in_fence };
            }
            let mut code = without_comment(text, &comments);
            if let Some((begin, end)) = comments.block {
                if in_block {
                    in_block = !text.contains(end);
                    code = "";
                } else if trimmed.starts_with(begin) && !in_string {
                    let rest = trimmed.get(begin.len()..).unwrap_or_default();
                    in_block = !rest.contains(end);
                    code = "";
                } else if begin == end {
                    // A value of several lines, whose end begins no comment.
                    let seen = if in_string { text } else { code };
                    in_string ^= seen.matches(begin).count() % 2 == 1;
                } else if let Some(at) = comment_at(text, begin) {
                    in_block = !text.get(at..).unwrap_or_default().contains(end);
                    code = code.get(..at).unwrap_or(code);
                }
            }
            let words = if form == Form::Markup { TAG.replace_all(code, "") } else { "".into() };
            let is_prose = words.trim().contains(' ') && !words.contains(['"', '`', '\'']);
            Line { text, code, is_prose }
        })
        .collect()
}

fn without_comment<'text>(text: &'text str, comments: &Comments) -> &'text str {
    let begins = comments.line.iter().filter_map(|mark| comment_at(text, mark));
    begins.min().and_then(|at| text.get(..at)).unwrap_or(text)
}

/// Returns where a comment begins: at a mark that no string literal is around.
fn comment_at(text: &str, mark: &str) -> Option<usize> {
    text.match_indices(mark).map(|(at, _)| at).find(|&at| {
        let before = text.get(..at).unwrap_or_default();
        let is_apart =
            before.chars().next_back().is_none_or(|c| c.is_whitespace() || ";,{}()".contains(c));
        is_apart && ['"', '`', '\''].iter().all(|quote| before.matches(*quote).count() % 2 == 0)
    })
}

/// A string literal, or a value without quotation marks that stands for one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal<'text> {
    /// The index of its line.
    pub(super) line: usize,
    /// The offset of its content in the line.
    pub(super) offset: usize,
    pub(super) content: &'text str,
    /// Whether it goes on the list that the literal before is on.
    pub(super) continues: bool,
}

/// Returns the string literals of the code, in order.
pub(super) fn literals<'text>(lines: &[Line<'text>]) -> Vec<Literal<'text>> {
    let mut literals = Vec::new();
    // What stands since the last literal can only join a list while it is of these characters.
    let mut continues = false;
    for (index, line) in lines.iter().enumerate() {
        if line.is_prose {
            continues = false;
            continue;
        }
        if let Some((offset, content)) = bare_value(line.code) {
            literals.push(Literal {
                line: index,
                offset,
                content,
                continues: continues && line.code.trim_start().starts_with("- "),
            });
            continues = line.code.trim_start().starts_with("- ");
            continue;
        }
        let mut rest = line.code.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, character)) = rest.next() {
            let opens = match character {
                '"' | '`' => true,
                '\'' => !before.is_alphanumeric(),
                _ => false,
            };
            if !opens {
                continues &= character.is_whitespace() || ",+|.-fFrRuUbB".contains(character);
                before = character;
                continue;
            }
            let offset = at + character.len_utf8();
            let mut end = None;
            while let Some((at, inner)) = rest.next() {
                if inner == '\\' {
                    rest.next();
                } else if inner == character {
                    end = Some(at);
                    break;
                }
            }
            let end = end.unwrap_or(line.code.len());
            if let Some(content) = line.code.get(offset..end).filter(|content| !content.is_empty())
            {
                literals.push(Literal { line: index, offset, content, continues });
                continues = true;
            }
            before = character;
        }
    }
    literals
}

/// Returns the value of a line without quotation marks: an item of a list in YAML, or a variable of
/// an environment.
fn bare_value(code: &str) -> Option<(usize, &str)> {
    if code.contains(['"', '\'', '`', '(', '<']) {
        return None;
    }
    let trimmed = code.trim_end();
    let is_item = trimmed.trim_start().starts_with("- ");
    let start = if is_item {
        trimmed.find("- ")? + 2
    } else {
        let at = trimmed.find(['=', ':'])?;
        let is_name = |c: char| c.is_alphanumeric() || " _-.".contains(c);
        let name = trimmed.get(..at)?;
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        at + 1
    };
    let value = trimmed.get(start..)?;
    let content = value.trim_start();
    let is_word = !content.contains(' ') && (content.contains('.') || is_item);
    let is_value = is_word || content.contains("/auth/");
    (is_value && !content.ends_with([';', '{']))
        .then(|| (start + value.len() - content.len(), content))
}
