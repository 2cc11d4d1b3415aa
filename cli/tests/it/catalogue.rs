//! `catalogue.json`, `RESOURCES.md` and `RESOURCES.svg`.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use boon::{Compiler, Schemas};
use dataportability_scopes::catalogue::{Date, Resource, Revision, SCOPE_PREFIX};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::list::entry;
use crate::{json, print, project, refusal};

const FILES: [&str; 3] = ["catalogue.json", "RESOURCES.md", "RESOURCES.svg"];

/// A folder in which the command has made its files.
static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().expect("a folder");
    let (status, output) = print(&[
        "catalogue",
        "--write",
        folder.path().to_str().expect("a path"),
    ]);
    assert_eq!(status, 0);
    for name in FILES {
        let path = folder.path().join(name);
        assert!(
            output.contains(&format!("wrote {}\n", path.display())),
            "{output}"
        );
    }
    folder
});

/// Returns a file that the command makes.
fn file(name: &str) -> String {
    fs::read_to_string(MADE.path().join(name)).expect(name)
}

/// Returns a file of the project.
fn file_of_project(name: &str) -> String {
    fs::read_to_string(project().join(name)).expect(name)
}

#[test]
fn the_files_of_the_project_are_those_that_the_command_makes() {
    let catalogue = json(&file_of_project("catalogue.json"));
    let revisions = catalogue["revisions"].as_array().expect("revisions");
    let newest = revisions.last().expect("a revision")["date"].clone();
    // A revision that somebody is adding may be in data/revisions/ first. CI waits for the rest.
    if newest != Revision::NEWEST.name() {
        assert!(newest.as_str() < Some(Revision::NEWEST.name()), "{newest}");
        return;
    }
    for name in FILES {
        assert!(
            file(name) == file_of_project(name),
            "{name} is out of date: run cargo run -p dataportability-scopes-cli -- catalogue --write ."
        );
    }
}

#[test]
fn json_is_printed_unless_files_are_asked_for() {
    assert_eq!(print(&["catalogue"]), (0, file("catalogue.json")));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_an_error() {
    let error = refusal(&["catalogue", "--write", "no such folder"]);
    assert!(error.starts_with("error: no such folder"), "{error}");
}

#[test]
fn json_has_every_revision_and_every_resource_in_order() {
    let catalogue = json(&file("catalogue.json"));
    let revisions: Vec<Value> = Revision::all()
        .map(|revision| {
            json!({
                "date": revision,
                "count": revision.scopes().len(),
                "sources": revision.sources(),
                "pages": revision.pages(),
            })
        })
        .collect();
    let resources: Vec<Value> = Resource::all().map(entry).collect();
    assert_eq!(
        catalogue,
        json!({
            "$schema": "catalogue.schema.json",
            "prefix": SCOPE_PREFIX,
            "revisions": revisions,
            "resources": resources,
        })
    );
}

#[test]
fn json_has_one_line_for_each_revision_and_each_resource() {
    let text = file("catalogue.json");
    for resource in Resource::all() {
        let start = format!("{{\"resource\":\"{resource}\",\"scope\":");
        assert_eq!(
            text.lines().filter(|line| line.starts_with(&start)).count(),
            1
        );
    }
    assert_eq!(
        text.lines().count(),
        Revision::all().len() + Resource::all().len() + 8
    );
}

/// Returns a function that tells whether a value follows the schema.
fn validator() -> impl Fn(&Value) -> Result<(), String> {
    let schema = json(&file_of_project("catalogue.schema.json"));
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler
        .add_resource("catalogue.schema.json", schema)
        .expect("a resource");
    let mut schemas = Schemas::new();
    // Fails for a schema that does not follow its own meta-schema.
    let index = compiler
        .compile("catalogue.schema.json", &mut schemas)
        .expect("a schema");
    move |value| {
        schemas
            .validate(value, index)
            .map_err(|error| error.to_string())
    }
}

#[test]
fn json_follows_its_schema() {
    assert_eq!(validator()(&json(&file("catalogue.json"))), Ok(()));
}

#[test]
fn the_schema_refuses_what_is_missing_unknown_or_of_another_kind() {
    let valid = validator();
    let catalogue = json(&file("catalogue.json"));
    let changed = |pointer: &str, change: &dyn Fn(&mut Value)| {
        let mut changed = catalogue.clone();
        change(changed.pointer_mut(pointer).expect(pointer));
        valid(&changed)
    };
    for object in ["", "/revisions/0", "/resources/0", "/resources/0/listed/0"] {
        let fields = catalogue
            .pointer(object)
            .and_then(Value::as_object)
            .expect(object);
        for name in fields.keys() {
            let without = changed(object, &|value| {
                value.as_object_mut().expect(object).remove(name);
            });
            assert!(without.is_err(), "{object} without {name}");
            let of_another_kind = changed(object, &|value| value[name] = json!({ "a": 1 }));
            assert!(of_another_kind.is_err(), "{object}/{name} of another kind");
        }
        let with_another = changed(object, &|value| value["another"] = json!(1));
        assert!(with_another.is_err(), "{object} with another field");
    }
    for (pointer, wrong) in [
        ("/revisions/0/date", json!("2024-02-30")),
        ("/revisions/0/date", json!("soon")),
        ("/revisions/0/count", json!(0)),
        ("/revisions/0/sources", json!([])),
        ("/resources/0/resource", json!("Alerts")),
        ("/resources/0/scope", json!("openid")),
        ("/resources/0/label", json!("")),
        ("/resources/0/category", json!("delicate")),
        ("/resources/0/category", json!("unknown")),
        ("/resources/0/category_source", json!("none")),
        ("/resources/0/listed/0/since", Value::Null),
        ("/resources", json!([])),
    ] {
        assert!(
            changed(pointer, &|value| *value = wrong.clone()).is_err(),
            "{pointer}: {wrong}"
        );
    }
}

#[test]
fn the_page_has_a_row_for_every_resource_under_its_product() {
    let page = file("RESOURCES.md");
    for resource in Resource::all() {
        let product = format!("\n## {}\n", resource.service().product_name());
        let (_, section) = page.split_once(&product).expect(&product);
        let section = section.split("\n## ").next().expect("a section");
        let row = section
            .lines()
            .find(|line| line.starts_with(&format!("| `{resource}` |")));
        let row = row.expect("a row");
        assert!(row.contains(&format!("| {} |", resource.label())), "{row}");
        let filter = if resource.supports_time_filter() {
            "| yes |"
        } else {
            "| no |"
        };
        assert!(row.contains(filter), "{row}");
        for listing in resource.scope().listings() {
            assert!(row.contains(listing.since.name()), "{row}");
            assert!(
                listing.until.is_none_or(|until| row.contains(until.name())),
                "{row}"
            );
        }
        assert_eq!(row.matches(" | ").count(), 4, "{row}");
    }
    assert!(page.contains("](RESOURCES.svg)"));
}

/// Where the strips of the chart begin and end, by the name of the resource.
fn strips() -> BTreeMap<String, Vec<(f64, f64)>> {
    let mut strips: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for line in file("RESOURCES.svg")
        .lines()
        .filter(|line| line.starts_with("<rect") && line.contains("<title>"))
    {
        let attribute = |name: &str| -> f64 {
            let (_, rest) = line.split_once(&format!(" {name}=\"")).expect(name);
            rest.split('"')
                .next()
                .and_then(|number| number.parse().ok())
                .expect(name)
        };
        let (_, title) = line.split_once("<title>").expect("a title");
        let name = title.split(':').next().expect("a name");
        let start = attribute("x");
        strips
            .entry(name.to_owned())
            .or_default()
            .push((start, start + attribute("width")));
    }
    strips
}

/// Returns a day as a number of years, to a few days.
fn years(date: Date) -> f64 {
    f64::from(date.year()) + (f64::from(date.month() - 1) + f64::from(date.day() - 1) / 31.0) / 12.0
}

#[test]
fn the_chart_has_a_strip_for_every_stretch_with_time_to_scale() {
    let strips = strips();
    let edge = strips
        .values()
        .flatten()
        .map(|(_, end)| *end)
        .fold(0.0, f64::max);
    let mut places = Vec::new();
    for resource in Resource::all() {
        let listings = resource.scope().listings();
        let drawn = strips.get(resource.name()).map_or(&[][..], Vec::as_slice);
        assert_eq!(drawn.len(), listings.len(), "{resource}");
        for (listing, (start, end)) in listings.iter().zip(drawn) {
            assert!(end > start, "{resource}");
            places.push((years(listing.since.date()), *start));
            match listing.until {
                Some(until) => places.push((years(until.date()), *end)),
                None => assert!((end - edge).abs() < 0.2, "{resource}"),
            }
        }
    }
    places.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (first, last) = (places[0], places[places.len() - 1]);
    let scale = (last.1 - first.1) / (last.0 - first.0);
    for (year, x) in places {
        let expected = first.1 + scale * (year - first.0);
        assert!((x - expected).abs() < 3.0, "{year}: {x}, not {expected}");
    }
}

#[test]
fn the_chart_follows_light_and_dark_mode_and_is_described() {
    let chart = file("RESOURCES.svg");
    assert!(chart.contains("@media (prefers-color-scheme: dark)"));
    assert!(chart.contains(r#"role="img" aria-labelledby="title description""#));
    let (_, description) = chart
        .split_once(r#"<desc id="description">"#)
        .expect("a description");
    let description = description.split("</desc>").next().expect("a description");
    for resource in Resource::all() {
        let told = description.contains(&format!(" {resource}: "));
        let listings = resource.scope().listings();
        let uninterrupted = matches!(listings, [only] if only.until.is_none());
        assert_eq!(told, !uninterrupted, "{resource}");
    }
    for tag in ["svg", "text", "title", "rect", "style", "desc"] {
        let opened = chart.matches(&format!("<{tag}")).count();
        let closed = chart.matches(&format!("</{tag}>")).count();
        let empty = chart
            .lines()
            .filter(|line| line.starts_with(&format!("<{tag}")) && line.ends_with("/>"))
            .count();
        assert_eq!(opened, closed + empty, "{tag}");
    }
}
