//! `cargo xtask catalogue`: the files in `generated/`.

use std::env;
use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;

use crate::{chart, output_of, read, resources_page, write};

/// Check that the files in generated/ are up to date.
#[derive(Args)]
pub(crate) struct CatalogueArgs {
    /// Write them instead
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(args: &CatalogueArgs, project: &Path) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let print = ["run", "--quiet", "--package", "dataportability-scopes-cli", "--", "catalogue"];
    let json = output_of(project, cargo, &print)?;
    for (name, text) in [
        ("generated/catalogue.json", json),
        ("generated/RESOURCES.md", resources_page::page()),
        ("generated/RESOURCES.svg", chart::svg()?),
    ] {
        let path = project.join(name);
        if args.write {
            write(&path, &text)?;
            println!("wrote {name}");
        } else if read(&path)? != text {
            bail!("{name} is out of date; run cargo xtask catalogue --write");
        }
    }
    Ok(())
}
