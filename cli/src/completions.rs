//! `completions`: a script for a shell.

use std::error::Error;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::help::{PROGRAM, examples};
use crate::output::Output;
use crate::{Answer, Cli};

/// Print a script that completes commands, options and names in a shell.
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
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), PROGRAM, &mut script);
    out.print(String::from_utf8(script)?);
    Ok(Answer::Yes)
}
