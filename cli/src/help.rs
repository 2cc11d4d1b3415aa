//! What `--help` shows beside the arguments.

use std::sync::LazyLock;

use clap::builder::StyledStr;
use clap::builder::styling::Styles;
use dataportability_scopes::catalogue::Revision;

/// The name of the program.
pub(crate) const PROGRAM: &str = "dataportability-scopes";

/// The version of the program, and the newest list that it knows.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    format!("{version} (newest list: {})", Revision::NEWEST)
});

/// Returns examples, as they are typed into a shell, for the end of a command's help.
pub(crate) fn examples(examples: &[&str]) -> StyledStr {
    let heading = *Styles::styled().get_header();
    let examples = examples.join("\n  ");
    format!("{heading}Examples:{heading:#}\n  {examples}").into()
}

/// Returns the end of the program's own help.
pub(crate) fn exit_status() -> StyledStr {
    let heading = *Styles::styled().get_header();
    format!(
        "{heading}Exit status:{heading:#}\n  \
         0  yes, or done\n  \
         1  no\n  \
         2  wrong usage or malformed input\n\n\
         {heading}Environment:{heading:#}\n  \
         NO_COLOR  never use colors\n  \
         COLUMNS   the width of the output, instead of the terminal's"
    )
    .into()
}
