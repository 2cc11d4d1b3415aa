//! Tables, colors and the width of the terminal.

use crate::output::Output;
use std::io::{IsTerminal, stdout};
use std::sync::LazyLock;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const CAREFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const PLAIN: Style = Style::new();

/// Whether the output is a terminal or asked for in colors. Read once, after the arguments.
static HAS_COLORS: LazyLock<bool> =
    LazyLock::new(|| AutoStream::choice(&stdout()) != ColorChoice::Never);

/// Returns a text in a style, if the output has colors.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() || !*HAS_COLORS {
        return text.to_owned();
    }
    format!("{style}{text}{style:#}")
}

/// The narrowest width that the output is laid out for.
const NARROWEST: usize = 40;

/// Returns the width that the output has to fit into: that of `COLUMNS`, or of the terminal, or
/// `None` where it goes elsewhere.
pub(crate) fn width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|columns| columns.parse::<usize>().ok());
    let width = match columns {
        Some(columns) => columns,
        None if !stdout().is_terminal() => return None,
        None => terminal_size::terminal_size()?.0.0.into(),
    };
    Some(width.max(NARROWEST))
}

/// Breaks the lines of a text that are longer than a width. What goes on in the next line is
/// indented as the last column of the line is. A word that is longer than the width stays whole.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let mut fitted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if visible(line) <= width {
            fitted.push_str(line);
        } else {
            fit_line(line, width, &mut fitted);
        }
        fitted.push_str(end);
    }
    fitted
}

fn fit_line(line: &str, width: usize, fitted: &mut String) {
    let indent = hanging_indent(line);
    let mut filled = 0;
    // Spaces go before the word that follows them, or are left out at the end of a line.
    let mut spaces = 0;
    for word in line.split(' ') {
        let len = visible(word);
        if filled > indent && filled + spaces + len > width {
            fitted.push('\n');
            fitted.push_str(&" ".repeat(indent));
            filled = indent;
        } else {
            fitted.push_str(&" ".repeat(spaces));
            filled += spaces;
        }
        fitted.push_str(word);
        filled += len;
        spaces = 1;
    }
}

/// Returns where the last column of a line begins, or the indentation of a line that has none and
/// 2.
fn hanging_indent(line: &str) -> usize {
    const WIDEST: usize = 24;
    let plain: String = without_style(line).chars().take(WIDEST).collect();
    let indent = plain.len() - plain.trim_start().len();
    let column = plain.trim_start().rfind("  ").map(|at| indent + at + 2);
    column.unwrap_or(indent + 2)
}

/// Returns how many columns a text takes.
fn visible(text: &str) -> usize {
    without_style(text).chars().count()
}

/// Returns a text without the sequences that set its style.
fn without_style(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

/// Returns a text in lines that are not longer than a width, unless a word is.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Rows under headings, in columns that are as wide as they need to be.
pub(crate) struct Table<const N: usize> {
    headings: [&'static str; N],
    lines: Vec<Line<N>>,
}

enum Line<const N: usize> {
    Section(String),
    Row([(Style, String); N]),
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(headings: [&'static str; N]) -> Table<N> {
        Table { headings, lines: Vec::new() }
    }

    /// Adds a line that names the rows after it.
    pub(crate) fn section(&mut self, name: &str) {
        self.lines.push(Line::Section(name.to_owned()));
    }

    pub(crate) fn row(&mut self, cells: [(Style, String); N]) {
        self.lines.push(Line::Row(cells));
    }

    /// Writes the table. If it is too wide, the cells of the column `flexible` take several lines.
    /// If they would be too narrow, each cell has a line of its own.
    pub(crate) fn write(&self, flexible: usize, width: Option<usize>, out: &mut Output) {
        const INDENT: usize = 2;
        const SPACE: usize = 2;
        const LEAST: usize = 16;
        let mut widths: [usize; N] = self.headings.map(|heading| heading.chars().count());
        for cells in self.lines.iter().filter_map(Line::cells) {
            for (width, (_, cell)) in widths.iter_mut().zip(cells) {
                *width = cell.chars().count().max(*width);
            }
        }
        let needed = INDENT + widths.iter().sum::<usize>() + SPACE * (N - 1);
        if let (Some(width), Some(flexible)) = (width, widths.get_mut(flexible)) {
            let left = flexible.saturating_sub(needed.saturating_sub(width));
            if left < LEAST.min(*flexible) {
                return self.write_stacked(out);
            }
            *flexible = left;
        }
        let write_row = |cells: &[(Style, String); N]| {
            let wrapped = cells.each_ref().map(|(_, cell)| cell.as_str());
            let mut columns: Vec<Vec<String>> = Vec::with_capacity(N);
            for (cell, width) in wrapped.into_iter().zip(widths) {
                columns.push(wrap(cell, width));
            }
            let height = columns.iter().map(Vec::len).max().unwrap_or_default();
            let mut lines = Vec::with_capacity(height);
            for index in 0..height {
                let mut line = " ".repeat(INDENT);
                let mut filled = INDENT;
                let mut end = INDENT;
                for ((column, (style, _)), width) in columns.iter().zip(cells).zip(widths) {
                    if let Some(cell) = column.get(index) {
                        line.push_str(&" ".repeat(end - filled));
                        line.push_str(&paint(*style, cell));
                        filled = end + cell.chars().count();
                    }
                    end += width + SPACE;
                }
                lines.push(line);
            }
            lines.join("\n")
        };
        out.print_line(write_row(&self.headings.map(|heading| (BOLD, heading.to_owned()))));
        for line in &self.lines {
            match line {
                Line::Section(name) => out.print_line(paint(BOLD, name)),
                Line::Row(cells) => out.print_line(write_row(cells)),
            }
        }
    }

    /// Writes each cell in a line of its own, those after the first indented.
    fn write_stacked(&self, out: &mut Output) {
        for line in &self.lines {
            match line {
                Line::Section(name) => out.print_line(paint(BOLD, name)),
                Line::Row(cells) => {
                    for (index, (style, cell)) in cells.iter().enumerate() {
                        let indent = if index == 0 { "  " } else { "    " };
                        if !cell.is_empty() {
                            out.print_line(format_args!("{indent}{}", paint(*style, cell)));
                        }
                    }
                }
            }
        }
    }
}

impl<const N: usize> Line<N> {
    fn cells(&self) -> Option<&[(Style, String); N]> {
        match self {
            Line::Section(_) => None,
            Line::Row(cells) => Some(cells),
        }
    }
}
