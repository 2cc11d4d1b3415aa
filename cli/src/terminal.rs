//! Tables, colours and the width of the terminal.

use crate::output::Output;
use std::io::{IsTerminal, stdout};

use anstyle::{AnsiColor, Style};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const CAREFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const PLAIN: Style = Style::new();

/// Returns a text in a style. Nothing is styled when the output is neither a terminal nor asked
/// for in colours: the sequences are then stripped.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{style}{text}{style:#}")
}

/// Returns the width that the output has to fit into: that of `COLUMNS`, or of the terminal, or
/// `None` where it goes elsewhere.
pub(crate) fn width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok();
    if let Some(columns) = columns.and_then(|columns| columns.parse().ok()) {
        return Some(columns);
    }
    if !stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| width.0.into())
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
        Table {
            headings,
            lines: Vec::new(),
        }
    }

    /// Adds a line that names the rows after it.
    pub(crate) fn section(&mut self, name: &str) {
        self.lines.push(Line::Section(name.to_owned()));
    }

    pub(crate) fn row(&mut self, cells: [(Style, String); N]) {
        self.lines.push(Line::Row(cells));
    }

    /// Writes the table. If it is too wide, what does not fit of the column `flexible` is left out.
    pub(crate) fn write(&self, flexible: usize, width: Option<usize>, out: &mut Output) {
        const INDENT: usize = 2;
        const SPACE: usize = 2;
        let mut widths: [usize; N] = self.headings.map(|heading| heading.chars().count());
        for cells in self.lines.iter().filter_map(Line::cells) {
            for (width, (_, cell)) in widths.iter_mut().zip(cells) {
                *width = cell.chars().count().max(*width);
            }
        }
        let needed = INDENT + widths.iter().sum::<usize>() + SPACE * (N - 1);
        if let (Some(width), Some(flexible)) = (width, widths.get_mut(flexible)) {
            let least = self.headings.iter().map(|heading| heading.len()).max();
            *flexible = flexible
                .saturating_sub(needed.saturating_sub(width))
                .max(least.unwrap_or_default().min(*flexible));
        }
        let write_row = |cells: &[(Style, String); N]| {
            let mut line = " ".repeat(INDENT);
            let mut filled = INDENT;
            let mut end = INDENT;
            for ((style, cell), width) in cells.iter().zip(widths) {
                let cell = shorten(cell, width);
                if !cell.is_empty() {
                    line.push_str(&" ".repeat(end - filled));
                    line.push_str(&paint(*style, &cell));
                    filled = end + cell.chars().count();
                }
                end += width + SPACE;
            }
            line
        };
        let headings = write_row(&self.headings.map(|heading| (BOLD, heading.to_owned())));
        out.print(headings);
        out.print('\n');
        for line in &self.lines {
            match line {
                Line::Section(name) => out.print(paint(BOLD, name)),
                Line::Row(cells) => out.print(write_row(cells)),
            }
            out.print('\n');
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

/// Returns a text, or as much of it as fits into a width, and `…`.
fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let fits: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", fits.trim_end())
}
