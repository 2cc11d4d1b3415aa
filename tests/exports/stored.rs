//! What is stored of exports, and what reads back.

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{Archive, Exports, Step};
use dataportability_scopes::catalogue::{Revision, Scopes};

use crate::google::HOUR;
use crate::person::{Person, listed, start, started, state};

#[test]
fn the_exports_of_a_person_with_everything_take_at_most_16_kb() {
    let everything = Scopes::from(Revision::NEWEST.scopes());
    let mut person = Person::new(&everything);
    for number in 0..u32::try_from(everything.len()).unwrap() {
        person.expect(ApiMethod::Initiate, started(number));
    }
    let text = serde_json::to_string(&person.exports).unwrap();
    assert!(text.len() <= 16 * 1024, "{} bytes: {}", text.len(), &text[..700]);
}

#[test]
fn stored_exports_show_no_link_and_links_last_across_a_restart() {
    let mut person = Person::begun(listed(0));
    person.expect(ApiMethod::GetState, state("COMPLETE", start()));
    let text = serde_json::to_string(&person.exports).unwrap();
    assert!(!text.contains("s3cret") && !format!("{:?}", person.exports).contains("s3cret"));

    let archives: Vec<Archive> = person.exports.archives(person.now).collect();
    let sealed = serde_json::to_string(&archives).unwrap();
    person.exports = serde_json::from_str(&text).unwrap();
    assert_eq!(person.exports.archives(person.now).count(), 0);
    let archives: Vec<Archive> = serde_json::from_str(&sealed).unwrap();
    person.exports.restore(archives.clone());
    assert!(matches!(person.poll(), Step::Download(archive) if archive == archives[0]));
    assert_eq!(person.exports.archives(person.now + 7 * HOUR).count(), 0);
}

#[test]
fn exports_of_another_format_or_phase_are_refused() {
    let person = Person::new(listed(0));
    let text = serde_json::to_string(&person.exports).unwrap();
    for (from, to) in [(r#""format":2"#, r#""format":9"#), (r#""start""#, r#""paused""#)] {
        assert!(text.contains(from), "{text}");
        let error = serde_json::from_str::<Exports>(&text.replace(from, to)).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
    let more = text.replacen('{', r#"{"newer_field":[1],"#, 1);
    assert!(serde_json::from_str::<Exports>(&more).is_ok());
}
