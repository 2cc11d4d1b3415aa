//! The Rust source of the catalogue: enums, their names, and tables. No behavior.

use std::fmt::{Arguments, Write};

use super::date::Date;
use super::tables::{Details, Name};
use super::vocabulary::{Groups, Meaning, Vocabulary};
use super::{Catalogue, Category, Group, Revision, Service};

/// Returns what `build.rs` writes to `$OUT_DIR/catalogue.rs`. The same data gives the same text.
pub(crate) fn emit(catalogue: &Catalogue) -> String {
    let mut out = Source(String::new());
    let service =
        |it: &Service| (it.variant.clone(), it.name.clone(), document_service(catalogue, it));
    out.enumeration("Service", catalogue.services.iter().map(service));
    let groups = catalogue.groups.iter().enumerate();
    let group = |(index, it): (usize, &Group)| {
        (it.variant.clone(), it.name.clone(), document_group(catalogue, index, it))
    };
    out.enumeration("Resource", groups.map(group));
    let revisions = catalogue.revisions.iter().enumerate();
    let revision = |(index, it): (usize, &Revision)| {
        (variant_of(it.date), it.date.to_string(), document_revision(catalogue, index, it))
    };
    out.enumeration("Revision", revisions.map(revision));
    out.tokens(&catalogue.groups);
    out.rows(catalogue);
    out.names(catalogue);
    out.finder(catalogue);
    out.0
}

/// A variant of an enum, the name that it prints and parses as, and what stands above it.
type Variant = (String, String, String);

/// `2025-01-20` becomes `R2025_01_20`.
fn variant_of(date: Date) -> String {
    format!("R{}", date.to_string().replace('-', "_"))
}

struct Source(String);

impl Source {
    fn line(&mut self, line: Arguments) {
        self.0
            .write_fmt(line)
            .and_then(|()| self.0.write_char('\n'))
            .expect("a String takes all that is written");
    }

    /// Writes an enum, its variants and their names.
    fn enumeration(&mut self, name: &str, variants: impl Iterator<Item = Variant>) {
        let variants: Vec<Variant> = variants.collect();
        self.line(format_args!(
            "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
             #[non_exhaustive]\n\
             #[repr(u8)]\n\
             pub enum {name} {{"
        ));
        for (variant, _, above) in &variants {
            for line in above.lines() {
                self.line(format_args!("    {line}"));
            }
            self.line(format_args!("    {variant},"));
        }
        self.line(format_args!("}}"));

        let identifiers = variants.iter().map(|(variant, ..)| format!("{name}::{variant}"));
        let names = variants.iter().map(|(_, name, _)| format!("{name:?}"));
        self.line(format_args!("impl {name} {{"));
        self.list(&format!("const VARIANTS: &'static [{name}] = &["), identifiers);
        self.list("const NAMES: &'static [&'static str] = &[", names);
        self.line(format_args!("}}"));
    }

    fn tokens(&mut self, groups: &[Group]) {
        let tokens = || groups.iter().map(|group| format!("{:?}", group.scope()));
        self.table("TOKENS", "&str", tokens());
        let tokens = tokens().collect::<Vec<_>>().join(", ");
        self.line(format_args!(
            "pub static SCOPE_TOKENS: phf::OrderedSet<&'static str> = \
             phf::phf_ordered_set! {{ {tokens} }};"
        ));
    }

    fn rows(&mut self, catalogue: &Catalogue) {
        let resource = |group: &Group| resource_row(catalogue, group);
        self.table("RESOURCES", "ResourceRow", catalogue.groups.iter().map(resource));
        let service = |service: &Service| {
            let (product, members) = (&service.product, service.members);
            format!("ServiceRow {{ product_name: {product:?}, members: {members:#x} }}")
        };
        self.table("SERVICES", "ServiceRow", catalogue.services.iter().map(service));
        let revision = |row: &Revision| {
            let Revision { date: Date { year, month, day }, sources, pages, members } = row;
            format!(
                "RevisionRow {{ date: Date {{ year: {year}, month: {month}, day: {day} }}, \
                 sources: &{sources:?}, pages: &{pages:?}, members: {members:#x} }}"
            )
        };
        self.table("REVISIONS", "RevisionRow", catalogue.revisions.iter().map(revision));
    }

    fn names(&mut self, catalogue: &Catalogue) {
        let vocabulary = Vocabulary::of(catalogue);
        let not_included =
            |it: &Name<String>| format!("(&{:?}, {:?})", vocabulary.places_of(&it.name), it.means);
        let rows = catalogue.names.not_included.iter().map(not_included);
        self.table("NOT_INCLUDED", "(&[u16], &str)", rows);
        let words = vocabulary.words.iter().map(|((_, stem), groups)| {
            let Groups { named, called, is_service } = groups;
            format!(
                "Word {{ stem: {stem:?}, named: {named:#x}, called: {called:#x}, \
                 is_service: {is_service} }}"
            )
        });
        self.table("WORDS", "Word", words);
        let meanings = vocabulary.meanings.iter();
        let mut meanings: Vec<(Vec<usize>, String)> =
            meanings.map(|(key, it)| (vocabulary.places(key), meaning(catalogue, it))).collect();
        meanings.sort();
        let rows = meanings.iter().map(|(places, meaning)| format!("(&{places:?}, {meaning})"));
        self.table("MEANINGS", "(&[u16], Meaning)", rows);
        let joined = vocabulary.joined.iter();
        let rows = joined.map(|(name, it)| format!("({name:?}, {})", meaning(catalogue, it)));
        self.table("JOINED", "(&str, Meaning)", rows);
    }

    fn table(&mut self, name: &str, row: &str, rows: impl ExactSizeIterator<Item = String>) {
        self.list(&format!("static {name}: [{row}; {}] = [", rows.len()), rows);
    }

    /// Writes an array, whose `head` ends with its opening bracket.
    fn list(&mut self, head: &str, rows: impl Iterator<Item = String>) {
        self.line(format_args!("pub(super) {head}"));
        for row in rows {
            self.line(format_args!("    {row},"));
        }
        self.line(format_args!("];"));
    }

    fn finder(&mut self, catalogue: &Catalogue) {
        let (groups, finder) = (&catalogue.groups, &catalogue.finder);
        let shortest = groups.iter().map(|group| group.scope().len()).min().unwrap_or_default();
        self.line(format_args!("pub(super) const SEED: u64 = {:#x};", finder.seed));
        self.line(format_args!("pub(super) const SHORTEST: usize = {shortest};"));
        self.table("PILOTS", "u8", finder.pilots.iter().map(ToString::to_string));
        self.table("REMAP", "u32", finder.remap.iter().map(ToString::to_string));
        let slot = |&index: &usize| {
            let group = &groups[index];
            format!("(Resource::{}, {})", group.variant, group.scope().len())
        };
        self.table("SLOTS", "(Resource, u16)", finder.map.iter().map(slot));
    }
}

fn resource_row(catalogue: &Catalogue, group: &Group) -> String {
    let revision =
        |index: usize| format!("Revision::{}", variant_of(catalogue.revisions[index].date));
    let listing = |&(since, until): &(usize, Option<usize>)| {
        let until = until.map_or("None".to_owned(), |index| format!("Some({})", revision(index)));
        format!("Listing {{ since: {}, until: {until} }}", revision(since))
    };
    let listings: Vec<String> = group.listings.iter().map(listing).collect();
    let Details { category: known, supports_time_filter, label, description } = &group.details;
    let category = match known {
        Category::Restricted => "Some(Category::Restricted)",
        Category::Sensitive | Category::SensitiveDerived => "Some(Category::Sensitive)",
        Category::Unknown => "None",
    };
    format!(
        "ResourceRow {{ service: Service::{}, label: {label:?}, description: {description:?}, \
         category: {category}, category_is_derived: {}, \
         supports_time_filter: {supports_time_filter}, listings: &[{}] }}",
        catalogue.services[group.service].variant,
        *known == Category::SensitiveDerived,
        listings.join(", ")
    )
}

fn meaning(catalogue: &Catalogue, meaning: &Meaning) -> String {
    match meaning {
        Meaning::Resources(groups) => {
            let variant = |&it: &usize| format!("Resource::{}", catalogue.groups[it].variant);
            let variants: Vec<String> = groups.iter().map(variant).collect();
            format!("Meaning::Resources(&[{}])", variants.join(", "))
        }
        Meaning::Service(index) => {
            format!("Meaning::Service(Service::{})", catalogue.services[*index].variant)
        }
    }
}

/// Returns the documentation of a resource group: what it is, and what to know before requesting
/// it. A group that cannot be requested says so first. A search finds it by its everyday names.
fn document_group(catalogue: &Catalogue, index: usize, group: &Group) -> String {
    let details = &group.details;
    let day = |index: usize| catalogue.revisions[index].date;
    let warning = match group.listings.last() {
        None => "**In no published list.** ".to_owned(),
        Some((_, Some(until))) => format!("**Withdrawn on {}.** ", day(*until)),
        Some((_, None)) => String::new(),
    };
    let category = match details.category {
        Category::Restricted => "restricted, as Google publishes it",
        Category::Sensitive => "sensitive, as Google publishes it",
        Category::SensitiveDerived => "sensitive, derived from Google's lists",
        Category::Unknown => "not known",
    };
    let time_filter = if details.supports_time_filter { "supported" } else { "not supported" };
    let listing = |&(since, until): &(usize, Option<usize>)| match until {
        Some(until) => format!("from {} until {}", day(since), day(until)),
        None => format!("since {}", day(since)),
    };
    let listed = match &*group.listings {
        [] => "in no list, only on a documentation page".to_owned(),
        listings => listings.iter().map(listing).collect::<Vec<_>>().join(", "),
    };
    let everyday = catalogue.names.everyday.iter().filter(|it| it.means.contains(&index));
    let aliases = everyday.map(|it| format!("\n#[doc(alias = {:?})]", it.name));
    format!(
        "/// {warning}`{}`: {}. {}\n///\n/// - Scope token: `{}`\n/// - Category: {category}\n\
         /// - Time filter: {time_filter}\n/// - Listed: {listed}{}",
        group.name,
        escaped(&details.label),
        escaped(&details.description),
        group.scope(),
        aliases.collect::<String>()
    )
}

/// Returns the documentation of a service: its product, and links to its resource groups.
fn document_service(catalogue: &Catalogue, service: &Service) -> String {
    let links = links(catalogue, service.members);
    let product = escaped(&service.product);
    format!("/// `{}`: {product}.\n///\n/// Resources: {links}.", service.name)
}

/// Returns the documentation of a revision: how many scopes it has, and how it differs from the one
/// before.
fn document_revision(catalogue: &Catalogue, index: usize, revision: &Revision) -> String {
    let count = revision.members.count_ones();
    let text = format!("/// The list of {}: {count} scopes.", revision.date);
    let Some(older) = index.checked_sub(1).map(|older| &catalogue.revisions[older]) else {
        return text + " The first list.";
    };
    let (older, newer) = (older.members, revision.members);
    let changes = [("Added", newer & !older), ("Withdrawn", older & !newer)].into_iter();
    let changes = changes
        .filter(|(_, members)| *members != 0)
        .map(|(what, members)| format!("\n///\n/// {what}: {}.", links(catalogue, members)));
    text + &changes.collect::<String>()
}

fn links(catalogue: &Catalogue, members: u128) -> String {
    let links: Vec<String> = catalogue
        .groups
        .iter()
        .enumerate()
        .filter(|(index, _)| members >> index & 1 == 1)
        .map(|(_, group)| format!("[`{}`](Resource::{})", group.name, group.variant))
        .collect();
    links.join(", ")
}

/// Escapes a text, so that Markdown shows it as it is written.
fn escaped(text: &str) -> String {
    let escape = |c: char| c.is_ascii_punctuation() && !",.:;!?'()-/&\"%".contains(c);
    text.chars().flat_map(|c| escape(c).then_some('\\').into_iter().chain([c])).collect()
}
