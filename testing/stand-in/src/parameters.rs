//! The parameters of a query or a form.

use std::collections::BTreeMap;

/// Parameters, each given once (RFC 6749, section 3.1).
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads form-encoded parameters. Fails with the name of a parameter that is repeated.
    pub(crate) fn read(encoded: &[u8]) -> Result<Parameters, String> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded).into_owned() {
            if parameters.insert(name.clone(), value).is_some() {
                return Err(name);
            }
        }
        Ok(Parameters(parameters))
    }

    /// Returns a value. A parameter without a value counts as left out.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Encodes a query as Google does, with `%20` for spaces.
pub(crate) fn query<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
        .replace('+', "%20")
}
