//! Tables, colors and the width of the terminal.

use crate::output::Output;
use std::fmt::Display;
use std::io::{IsTerminal, stdout};
use std::sync::LazyLock;

use anstream::adapter::strip_str;
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
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    let text = text.to_string();
    if text.is_empty() || !*HAS_COLORS { text } else { format!("{style}{text}{style:#}") }
}

/// The narrowest width that the output is laid out for.
const NARROWEST: usize = 40;

/// Returns the width that the output has to fit into: that of `COLUMNS`, or of the terminal, or
/// `None` where it goes elsewhere.
pub(crate) fn width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok();
    let width: usize = match columns.and_then(|columns| columns.parse().ok()) {
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
            fit_line(line, hanging_indent(line), width, &mut fitted);
        }
        fitted.push_str(end);
    }
    fitted
}

fn fit_line(line: &str, indent: usize, width: usize, fitted: &mut String) {
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
    let plain: String = strip_str(line).to_string().chars().take(WIDEST).collect();
    let indent = plain.len() - plain.trim_start().len();
    let column = plain.trim_start().rfind("  ").map(|at| indent + at + 2);
    column.unwrap_or(indent + 2)
}

/// Returns how many columns a text takes.
fn visible(text: &str) -> usize {
    strip_str(text).to_string().chars().count()
}

/// A cell of a table.
pub(crate) type Cell = (Style, String);

/// Rows under headings, in columns that are as wide as they need to be.
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new(headings: &[&str]) -> Table {
        let headings = headings.iter().map(|heading| (BOLD, (*heading).to_owned()));
        Table { rows: vec![headings.collect()] }
    }

    /// Adds a line that names the rows after it.
    pub(crate) fn section(&mut self, name: &str) {
        self.rows.push(vec![(BOLD, name.to_owned())]);
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Writes the table. If it is too wide, the cells of the last column take several lines. If
    /// they would be too narrow, each cell has a line of its own.
    pub(crate) fn write(&self, width: Option<usize>, out: &mut Output) {
        const INDENT: usize = 2;
        const SPACE: usize = 2;
        const LEAST: usize = 16;
        let count = self.rows.first().map_or(0, Vec::len);
        let mut widths = vec![0; count];
        for row in self.rows.iter().filter(|row| row.len() == count) {
            for (width, (_, cell)) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let last = widths.pop().unwrap_or_default();
        let before = INDENT + widths.iter().map(|width| width + SPACE).sum::<usize>();
        let left = width.map_or(last, |width| width.saturating_sub(before));
        let is_narrow = left < LEAST.min(last);
        for (index, row) in self.rows.iter().enumerate() {
            match row.as_slice() {
                [(style, name)] => out.print_line(paint(*style, name)),
                _ if is_narrow && index == 0 => {}
                [(style, first), others @ ..] if is_narrow => {
                    out.print_line(format_args!("  {}", paint(*style, first)));
                    for (style, cell) in others.iter().filter(|(_, cell)| !cell.is_empty()) {
                        out.print_line(format_args!("    {}", paint(*style, cell)));
                    }
                }
                [others @ .., (style, last)] => {
                    let mut line = " ".repeat(INDENT);
                    for ((style, cell), width) in others.iter().zip(&widths) {
                        line += &paint(*style, cell);
                        line += &" ".repeat(width + SPACE - cell.chars().count());
                    }
                    line += &paint(*style, last);
                    let mut fitted = String::new();
                    fit_line(&line, before, before + left, &mut fitted);
                    out.print_line(fitted);
                }
                [] => {}
            }
        }
    }
}
