//! `cargo xtask release`: what a release changes in the repository, and what is left to do.

use std::env;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use semver::Version;

use crate::{output_of, read, write};

const MANIFEST: &str = "Cargo.toml";
const CLI_MANIFEST: &str = "cli/Cargo.toml";
const CHANGELOG: &str = "CHANGELOG.md";

/// Set the version, date the changelog, and pack what is published.
#[derive(Args)]
pub(crate) struct ReleaseArgs {
    /// The version, as "0.2.0"
    version: Version,
    /// The day of the release, instead of today
    #[arg(long)]
    date: Option<NaiveDate>,
    /// Do not pack: only change the files
    #[arg(long)]
    no_package: bool,
}

pub(crate) fn run(args: &ReleaseArgs, project: &Path) -> Result<()> {
    let git = |args: &[&str]| output_of(project, "git", args);
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    ensure!(is_clean, "the working tree is not clean; commit or remove what is in it");
    let tag = format!("v{}", args.version);
    let is_new = git(&["tag", "--list", &tag])?.is_empty();
    ensure!(is_new, "the tag {tag} exists already; give a newer version");
    let [manifest, cli_manifest, changelog] =
        [MANIFEST, CLI_MANIFEST, CHANGELOG].map(|name| read(&project.join(name)));
    let (manifest, cli_manifest, changelog) = (manifest?, cli_manifest?, changelog?);
    let current = version_of(&manifest).context("Cargo.toml has no version")?;
    let first = git(&["tag", "--list", "v*"])?.is_empty();
    let is_newer = args.version > current || (first && args.version == current);
    ensure!(is_newer, "the version is {current} already; give a newer one");
    let today = DateTime::<Utc>::from(SystemTime::now()).date_naive();
    let changelog = released(&changelog, &args.version, args.date.unwrap_or(today))?;

    // Both packages have one version, and the command line needs that of the library.
    let old = format!("\nversion = \"{current}\"\n");
    let new = format!("\nversion = \"{}\"\n", args.version);
    let needs =
        |version: &Version| format!("\nversion = \"{}.{}\"\n", version.major, version.minor);
    let manifest = manifest.replacen(&old, &new, 1);
    let cli_manifest =
        cli_manifest.replacen(&old, &new, 1).replacen(&needs(&current), &needs(&args.version), 1);
    for (name, text) in
        [(MANIFEST, &manifest), (CLI_MANIFEST, &cli_manifest), (CHANGELOG, &changelog)]
    {
        write(&project.join(name), text)?;
        println!("wrote {name}");
    }
    if !args.no_package {
        // Builds both from what would be uploaded, and brings Cargo.lock up to date.
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let package = "package --allow-dirty -p dataportability-scopes \
                       -p dataportability-scopes-cli --target-dir target/package";
        output_of(project, cargo, &package.split_whitespace().collect::<Vec<_>>())?;
        println!("packed dataportability-scopes and dataportability-scopes-cli");
    }

    println!("To do");
    for key in ["repository", "homepage"] {
        if !manifest.contains(&format!("\n{key} = ")) {
            println!("  fill in {key} in {MANIFEST} and {CLI_MANIFEST}, if there is an address");
        }
    }
    println!("  run .ci/run");
    if !first {
        println!("  run cargo semver-checks");
    }
    println!("  git commit -am 'Version {}' && git tag {tag}", args.version);
    println!("  cargo publish -p dataportability-scopes -p dataportability-scopes-cli");
    Ok(())
}

/// Returns the version of a package: the first in its manifest.
fn version_of(manifest: &str) -> Option<Version> {
    let (_, rest) = manifest.split_once("\nversion = \"")?;
    rest.split('"').next()?.parse().ok()
}

/// Returns the changelog with what is unreleased under a version.
fn released(changelog: &str, version: &Version, date: NaiveDate) -> Result<String> {
    const UNRELEASED: &str = "\n## Unreleased\n";
    let (before, after) = changelog
        .split_once(UNRELEASED)
        .context("CHANGELOG.md has no section \"Unreleased\"; there is nothing to release")?;
    let entries = after.split("\n## ").next().unwrap_or_default();
    ensure!(
        entries.lines().any(|line| line.starts_with("- ")),
        "CHANGELOG.md has nothing under \"Unreleased\"; there is nothing to release"
    );
    Ok(format!("{before}{UNRELEASED}\n## {version} - {date}\n{after}"))
}
