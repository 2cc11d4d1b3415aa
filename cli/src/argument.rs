//! The arguments that several commands take, and how they are read.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command};
use dataportability_scopes::catalogue::{
    ParseNameError, ParseScopeError, Resource, Revision, Scope, ScopeValueError, Service,
};
use dataportability_scopes::grant::Grant;
use std::ffi::OsStr;
use std::fmt;

/// Which revision of Google's list counts.
#[derive(Args)]
pub(crate) struct RevisionArg {
    /// The revision of Google's list, as 2025-01-20 or "newest"
    #[arg(
        long,
        value_name = "DATE",
        value_parser = Named(revision, revision_names),
        hide_possible_values = true,
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
        if self.long { scope.as_str() } else { scope.resource().name() }
    }

    /// Returns the heading of a column of scopes.
    pub(crate) fn heading(&self) -> &'static str {
        if self.long { "SCOPE" } else { "RESOURCE" }
    }

    /// Returns a scope token that the catalogue may not have as it is asked for.
    pub(crate) fn token<'token>(&self, token: &'token str) -> &'token str {
        match token.strip_prefix(dataportability_scopes::catalogue::SCOPE_PREFIX) {
            Some(name) if !self.long => name,
            _ => token,
        }
    }
}

/// Reads a value with a function, and offers names for a shell to complete.
#[derive(Debug)]
pub(crate) struct Named<T, E>(
    pub(crate) fn(&str) -> Result<T, E>,
    pub(crate) fn() -> Vec<&'static str>,
);

impl<T, E> Clone for Named<T, E> {
    fn clone(&self) -> Self {
        Named(self.0, self.1)
    }
}

impl<T, E> TypedValueParser for Named<T, E>
where
    T: Clone + Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        self.0.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.1().into_iter().map(PossibleValue::new)))
    }
}

pub(crate) fn revision(input: &str) -> Result<Revision, ParseNameError> {
    match input {
        "newest" => Ok(Revision::NEWEST),
        day => day.parse(),
    }
}

pub(crate) fn revision_names() -> Vec<&'static str> {
    let days = Revision::all().map(Revision::name);
    days.chain(["newest"]).collect()
}

/// Reads a resource name or a scope token.
pub(crate) fn resource(input: &str) -> Result<Resource, ParseScopeError> {
    match Scope::find(input) {
        Some(scope) => Ok(scope.resource()),
        None => input.parse(),
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
            || wanted == product
            || Some(wanted.as_str()) == product.strip_prefix("google ")
    };
    match Service::all().find(is_wanted) {
        Some(service) => Ok(service),
        None => input.parse(),
    }
}

pub(crate) fn service_names() -> Vec<&'static str> {
    Service::all().map(Service::name).collect()
}

/// A scope value that is not well-formed. Its error does not quote it, as one of the argument
/// parser would: it may be a whole token response.
#[derive(Debug)]
pub(crate) struct ScopeValueProblem {
    option: &'static str,
    error: ScopeValueError,
    character: Option<char>,
}

impl fmt::Display for ScopeValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.option, self.error)?;
        match self.character {
            Some(character) => write!(f, ": {}", shown(character)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ScopeValueProblem {}

/// Reads the scope value of a token response, given to this option.
pub(crate) fn scope_value(option: &'static str, input: &str) -> Result<Grant, ScopeValueProblem> {
    input.parse().map_err(|error| ScopeValueProblem {
        option,
        character: match error {
            ScopeValueError::InvalidByte { position } => character_at(input, position),
            _ => None,
        },
        error,
    })
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
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
