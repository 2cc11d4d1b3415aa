//! What the developer reads. A terminal that was closed does not stop the app.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line to standard error.
pub(crate) fn tell(line: impl Display) {
    tell_lines(&[line]);
}

/// Writes lines to standard error, without those of others in between.
pub(crate) fn tell_lines(lines: &[impl Display]) {
    let _ = write(&mut std::io::stderr().lock(), lines);
}

fn write(out: &mut impl Write, lines: &[impl Display]) -> io::Result<()> {
    let lines = lines.iter().map(|line| printable(&line.to_string()) + "\n");
    out.write_all(lines.collect::<String>().as_bytes())
}

/// Replaces what would change how a line reads: control characters, those that break lines or
/// change the direction of the text, and those that do not show.
fn printable(line: &str) -> String {
    let is_invisible = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
            )
    };
    line.replace(is_invisible, "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_character_is_printed_that_changes_how_a_line_reads() {
        let strange =
            "a\u{1b}[2J\nb\r\u{9b}c\u{202e}d\u{2066}e\u{200b}f\u{feff}g\u{2028}h\u{e0041}…é";
        let mut out = Vec::new();
        super::write(&mut out, &[strange, "next"]).unwrap();
        let shown =
            strange.replace(|c: char| !c.is_ascii_graphic() && !"…é".contains(c), "\u{fffd}");
        assert_eq!(String::from_utf8(out).unwrap(), shown + "\nnext\n");
    }
}
