//! The arguments that several commands take, and how they are read.

use std::io::{self, Read};

use clap::Args;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use dataportability_scopes::catalogue::{
    NewerScope, ParseNameError, ParseScopeError, Resource, Revision, SCOPE_PREFIX, Scope,
    ScopeValueError, Scopes, Service,
};
use dataportability_scopes::grant::Grant;

/// Which revision of Google's list counts.
#[derive(Args)]
pub(crate) struct RevisionArg {
    /// The revision of Google's list, as 2025-01-20 or "newest"
    #[arg(
        long,
        value_name = "DATE",
        value_parser = revision,
        add = offer(revision_names),
        default_value = "newest"
    )]
    pub(crate) revision: Revision,
}

/// How the answer is printed.
#[derive(Args)]
pub(crate) struct Format {
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Print whole scope tokens instead of resource names
    #[arg(long, conflicts_with = "json")]
    long: bool,
}

impl Format {
    /// Returns a scope as it is asked for.
    pub(crate) fn scope(&self, scope: Scope) -> &'static str {
        self.token(scope.as_str())
    }

    /// Returns a scope token that the catalogue may not have as it is asked for.
    pub(crate) fn token<'token>(&self, token: &'token str) -> &'token str {
        match token.strip_prefix(SCOPE_PREFIX) {
            Some(name) if !self.long => name,
            _ => token,
        }
    }

    /// Returns the heading of a column of scopes.
    pub(crate) fn heading(&self) -> &'static str {
        if self.long { "SCOPE" } else { "RESOURCE" }
    }
}

/// Offers names for a shell to complete.
pub(crate) fn offer(names: fn() -> Vec<&'static str>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || names().into_iter().map(CompletionCandidate::new).collect())
}

pub(crate) fn revision(input: &str) -> Result<Revision, ParseNameError> {
    if input == "newest" { Ok(Revision::NEWEST) } else { input.parse() }
}

pub(crate) fn revision_names() -> Vec<&'static str> {
    Revision::all().map(Revision::name).chain(["newest"]).collect()
}

/// Reads a resource name or a scope token.
pub(crate) fn resource(input: &str) -> Result<Resource, ParseScopeError> {
    Scope::find(input).map_or_else(|| input.parse(), |scope| Ok(scope.resource()))
}

/// Reads the name of a resource group, its scope, or a scope that is newer than the catalogue.
pub(crate) fn scopes(input: &str) -> Result<Scopes, ParseScopeError> {
    match input.parse::<NewerScope>() {
        Ok(newer) => Ok(newer.into()),
        Err(_) => resource(input).map(Scopes::from),
    }
}

pub(crate) fn resource_names() -> Vec<&'static str> {
    Resource::all().map(Resource::name).collect()
}

/// Reads the name of a service, or that of its product with or without "Google", in any case.
pub(crate) fn service(input: &str) -> Result<Service, ParseNameError> {
    let wanted = input.to_lowercase();
    let is_wanted = |service: &Service| {
        let product = service.product_name().to_lowercase();
        wanted == service.name()
            || product.strip_prefix("google ").unwrap_or(&product) == wanted
            || wanted == product
    };
    Service::all().find(is_wanted).map_or_else(|| input.parse(), Ok)
}

pub(crate) fn service_names() -> Vec<&'static str> {
    Service::all().map(Service::name).collect()
}

/// Reads the scope value of a token response, given to this option.
///
/// Its error does not quote the value, as an error of the argument parser would: it may be a whole
/// token response.
pub(crate) fn scope_value(option: &str, input: &str) -> Result<Grant, String> {
    input.parse().map_err(|error| {
        let character = match error {
            ScopeValueError::InvalidByte { position } => character_at(input, position),
            _ => None,
        };
        let character = character.map(|character| format!(": {}", shown(character)));
        format!("{option}: {error}{}", character.unwrap_or_default())
    })
}

/// The longest standard input that is read, in bytes.
const MAX_INPUT: u64 = 16 << 20;

pub(crate) fn standard_input() -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let read = io::stdin().take(MAX_INPUT + 1).read_to_end(&mut text);
    read.map_err(|error| format!("standard input: {error}"))?;
    if text.len() as u64 > MAX_INPUT {
        return Err("standard input is longer than 16 MiB; give less at a time".to_owned());
    }
    Ok(text)
}

/// Returns the character at a byte offset.
pub(crate) fn character_at(text: &str, offset: usize) -> Option<char> {
    text.get(offset..)?.chars().next()
}

/// Returns a character and its code: `'"' (U+0022)`.
pub(crate) fn shown(character: char) -> String {
    let code = u32::from(character);
    match character {
        '"' => format!("'\"' (U+{code:04X})"),
        other => format!("{other:?} (U+{code:04X})"),
    }
}

/// Counts things: `1 file`, `2 files`.
pub(crate) fn quantity(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
