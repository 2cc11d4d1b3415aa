//! `search`: resource groups by what people call them.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use dataportability_scopes::catalogue::{Resource, Revision};
use serde_json::json;

use crate::Answer;
use crate::catalogue::{ResourceEntry, listed, listed_in_words};
use crate::finding::not_included;
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BOLD, CAREFUL, DIM, paint};

/// Find resource groups by words.
///
/// Looks into names, labels and descriptions, and knows everyday names. The best comes first. Exits
/// with 1 if there is none.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes search watch history",
    "dataportability-scopes search --json orders",
]))]
pub(crate) struct SearchArgs {
    /// What people call it, such as "watch history"
    #[arg(value_name = "WORDS", required = true, value_parser = NonEmptyStringValueParser::new())]
    words: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &SearchArgs, out: &mut Output) -> Answer {
    let words = args.words.join(" ").to_lowercase();
    let found = Found::new(&words);
    if args.json {
        let entries = found.resources.iter().map(|resource| ResourceEntry::new(*resource));
        out.print_json(&json!({
            "words": words,
            "resources": entries.collect::<Vec<_>>(),
            "not_included": found.not_included,
        }));
    } else {
        found.print(&words, out);
    }
    Answer::of(!found.resources.is_empty())
}

/// What words mean.
struct Found {
    /// The best first.
    resources: Vec<Resource>,
    /// Says that a product is not part of the API.
    not_included: Option<String>,
}

impl Found {
    fn new(words: &str) -> Found {
        let (mut resources, not_included) = match words.parse::<Resource>() {
            Ok(resource) => (vec![resource], None),
            Err(error) => (error.suggestions(), not_included(&error)),
        };
        let words = words.split(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !GRAMMAR.contains(word)).collect();
        // A description that has the name of another product is not about that product.
        let least = if not_included.is_some() { LABEL } else { DESCRIPTION };
        let mut scored: Vec<(usize, Resource)> = Resource::all()
            .filter_map(|resource| Some((score(resource, &words, least)?, resource)))
            .collect();
        scored.sort_by_key(|(score, resource)| {
            let is_listed = resource.scope().is_listed_in(Revision::NEWEST);
            (!is_listed, std::cmp::Reverse(*score))
        });
        scored.retain(|(_, resource)| !resources.contains(resource));
        resources.extend(scored.into_iter().map(|(_, resource)| resource));
        Found { resources, not_included }
    }

    fn print(&self, words: &str, out: &mut Output) {
        if let Some(not_included) = &self.not_included {
            out.print_line(format_args!("{}.", paint(CAREFUL, not_included)));
        } else if self.resources.is_empty() {
            out.print_line(format_args!(
                "No resource group matches {words:?}. Try other words, or \"list\" for all of them."
            ));
        }
        for resource in &self.resources {
            out.print_line(format_args!("{}  {}", paint(BOLD, resource), resource.label()));
            out.print_line(format_args!("    {}", resource.description()));
            if !resource.scope().is_listed_in(Revision::NEWEST) {
                let listed = format!("Do not ask for it: {}.", listed_in_words(&listed(*resource)));
                out.print_line(format_args!("    {}", paint(DIM, listed)));
            }
        }
    }
}

/// Words that say nothing about what is wanted.
const GRAMMAR: [&str; 16] = [
    "", "a", "all", "and", "data", "for", "from", "google", "i", "in", "my", "of", "on", "the",
    "to", "your",
];

/// How much a word says about a resource group, by where it stands.
const NAME: usize = 4;
const LABEL: usize = 3;
const DESCRIPTION: usize = 1;

/// Returns how well the words fit a resource group, or `None` if one of them does not fit at all.
fn score(resource: Resource, words: &[&str], least: usize) -> Option<usize> {
    let service = resource.service();
    let texts = [
        (resource.name(), NAME),
        (resource.label(), LABEL),
        (service.product_name(), LABEL),
        (resource.description(), DESCRIPTION),
    ];
    let of_word = |word: &&str| {
        let fitting = texts.iter().filter(|(text, weight)| {
            let text = text.to_lowercase();
            let mut known = text.split(|c: char| !c.is_alphanumeric());
            *weight >= least && known.any(|known| is_same(word, known))
        });
        fitting.map(|(_, weight)| weight).max()
    };
    if words.is_empty() { None } else { words.iter().map(of_word).sum() }
}

/// Returns whether two words are the same but for their endings.
fn is_same(word: &str, known: &str) -> bool {
    let singular = |word: &str| match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.trim_end_matches('s').to_owned(),
    };
    let (word, known) = (singular(word), singular(known));
    word == known || word.len() >= 4 && known.starts_with(&word)
}
