use super::name_error::ParseNameError;

/// Google's category of a scope, which decides how Google reviews an app that asks for it.
///
/// Ordered by how much the review demands. [`Resource::category`](super::Resource::category) is
/// `None` where the category is not known: treat such a scope as possibly restricted.
/// [`ScopeSet::in_category`](super::ScopeSet::in_category) selects by category.
///
/// Source: `data/README.md` says what the categories were read from.
///
/// ```
/// use dataportability_scopes::catalogue::{Category, Resource};
///
/// assert_eq!(Resource::ChromeHistory.category(), Some(Category::Restricted));
/// assert!(Category::Sensitive < Category::Restricted);
/// assert_eq!("restricted".parse(), Ok(Category::Restricted));
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::AsRefStr,
    strum::Display,
    strum::EnumString,
)]
#[strum(serialize_all = "lowercase", parse_err_ty = ParseNameError, parse_err_fn = unknown_category)]
#[non_exhaustive]
pub enum Category {
    /// Google verifies the app.
    Sensitive,
    /// Google verifies the app and requires a security assessment.
    Restricted,
}

/// How the [`Category`] of a scope is known.
///
/// ```
/// use dataportability_scopes::catalogue::{CategorySource, Resource};
///
/// assert_eq!(Resource::ChromeHistory.category_source(), Some(CategorySource::Published));
/// assert_eq!(CategorySource::Derived.to_string(), "derived");
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::AsRefStr,
    strum::Display,
    strum::EnumString,
)]
#[strum(serialize_all = "lowercase", parse_err_ty = ParseNameError, parse_err_fn = unknown_category_source)]
#[non_exhaustive]
pub enum CategorySource {
    /// Google publishes the category of this scope.
    Published,
    /// Google says that the scope is sensitive or restricted, and its list of restricted scopes does
    /// not have it.
    Derived,
}

fn unknown_category(input: &str) -> ParseNameError {
    ParseNameError::new("category", input, &["sensitive", "restricted"])
}

fn unknown_category_source(input: &str) -> ParseNameError {
    ParseNameError::new("category source", input, &["published", "derived"])
}

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(Category, "a category");

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(CategorySource, "a category source");
