//! `catalogue` and `generated/catalogue.json`.

use std::fs;

use boon::{Compiler, Schemas};
use dataportability_scopes::catalogue::{Resource, Revision, SCOPE_PREFIX};
use serde_json::{Value, json};

use crate::list::entry;
use crate::{json, print, project};

/// Returns what the command prints.
fn printed() -> String {
    let (status, output) = print(&["catalogue"]);
    assert_eq!(status, 0);
    output
}

/// Returns a file of the project.
fn generated(name: &str) -> String {
    fs::read_to_string(project().join("generated").join(name)).expect(name)
}

#[test]
fn the_file_of_the_project_is_what_the_command_prints() {
    let file = generated("catalogue.json");
    let catalogue = json(&file);
    let revisions = catalogue["revisions"].as_array().expect("revisions");
    let newest = revisions.last().expect("a revision")["date"].clone();
    // A revision that somebody is adding may be in data/revisions/ first. CI waits for the rest.
    if newest != Revision::NEWEST.name() {
        assert!(newest.as_str() < Some(Revision::NEWEST.name()), "{newest}");
        return;
    }
    assert!(printed() == file, "catalogue.json is out of date: run cargo xtask catalogue --write");
}

#[test]
fn json_has_every_revision_and_every_resource_in_order() {
    let catalogue = json(&printed());
    let of_revision = |revision: Revision| {
        json!({
            "date": revision,
            "count": revision.scopes().len(),
            "sources": revision.sources(),
            "pages": revision.pages(),
        })
    };
    let revisions: Vec<Value> = Revision::all().map(of_revision).collect();
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

/// Returns a function that tells whether a value follows the schema.
fn validator() -> impl Fn(&Value) -> Result<(), String> {
    let schema = json(&generated("catalogue.schema.json"));
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("catalogue.schema.json", schema).expect("a resource");
    let mut schemas = Schemas::new();
    // Fails for a schema that does not follow its own meta-schema.
    let index = compiler.compile("catalogue.schema.json", &mut schemas).expect("a schema");
    move |value| schemas.validate(value, index).map_err(|error| error.to_string())
}

#[test]
fn json_follows_its_schema_which_refuses_what_is_missing_unknown_or_of_another_kind() {
    let valid = validator();
    let catalogue = json(&printed());
    assert_eq!(valid(&catalogue), Ok(()));
    let changed = |pointer: &str, change: &dyn Fn(&mut Value)| {
        let mut changed = catalogue.clone();
        change(changed.pointer_mut(pointer).expect(pointer));
        valid(&changed)
    };
    for object in ["", "/revisions/0", "/resources/0", "/resources/0/listed/0"] {
        let fields = catalogue.pointer(object).and_then(Value::as_object).expect(object);
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
        assert!(changed(pointer, &|value| *value = wrong.clone()).is_err(), "{pointer}: {wrong}");
    }
}
