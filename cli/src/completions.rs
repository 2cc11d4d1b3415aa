//! `completions`: a script for a shell.

use std::error::Error;

use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::Answer;
use crate::help::{PROGRAM, examples};
use crate::output::Output;

/// The variable of the environment by which a script asks the program what can be completed.
pub(crate) const VARIABLE: &str = "DATAPORTABILITY_SCOPES_COMPLETE";

/// Print a script that completes commands, options and names in a shell.
///
/// The script asks the program, which must be on the PATH.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes completions bash > dataportability-scopes.bash",
    "dataportability-scopes completions zsh > _dataportability-scopes",
    "dataportability-scopes completions fish > dataportability-scopes.fish",
]))]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let shell = shells.completer(&name).ok_or("the shell is not supported")?;
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    out.print_data(&String::from_utf8(script)?);
    Ok(Answer::Yes)
}
