use super::name_error::ParseNameError;

/// How Google classes a scope, which decides how an app that asks for it is reviewed.
///
/// Ordered by what an app has to reckon with: an unknown category may turn out to be restricted,
/// so it stands above sensitive. The highest of a set is
/// [`ScopeSet::highest_category`](crate::catalogue::ScopeSet::highest_category).
///
/// Source: Google's list of scopes in the Data Portability user guide, as far as
/// [`CategorySource`] says; `data/resources.tsv` has them all.
///
/// ```
/// use dataportability_scopes::catalogue::{Category, Resource};
///
/// assert_eq!(Resource::ChromeHistory.category(), Category::Restricted);
/// assert!(Category::Sensitive < Category::Unknown && Category::Unknown < Category::Restricted);
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
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "lowercase", parse_err_ty = ParseNameError, parse_err_fn = unknown_category)]
#[non_exhaustive]
pub enum Category {
    /// Google verifies the app.
    Sensitive,
    /// Nobody has found out.
    Unknown,
    /// Google verifies the app, and asks for an assessment of its security.
    Restricted,
}

/// How sure a [`Category`] is.
///
/// ```
/// use dataportability_scopes::catalogue::{CategorySource, Resource};
///
/// assert_eq!(Resource::ChromeHistory.category_source(), CategorySource::FirstHand);
/// assert_eq!(CategorySource::SecondHand.to_string(), "second-hand");
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
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case", parse_err_ty = ParseNameError, parse_err_fn = unknown_category_source)]
#[non_exhaustive]
pub enum CategorySource {
    /// It was read on Google's page.
    FirstHand,
    /// Somebody else wrote that Google's page says so.
    SecondHand,
    /// There is none: the category is unknown.
    None,
}

fn unknown_category(input: &str) -> ParseNameError {
    ParseNameError::new(
        "category",
        input,
        <Category as strum::VariantNames>::VARIANTS,
    )
}

fn unknown_category_source(input: &str) -> ParseNameError {
    ParseNameError::new(
        "category source",
        input,
        <CategorySource as strum::VariantNames>::VARIANTS,
    )
}

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(Category, "a category");

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(CategorySource, "a category source");
