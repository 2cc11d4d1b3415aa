//! Which texts are ids of archive jobs.

use dataportability_scopes::api::JobId;

#[test]
fn a_job_is_named_by_its_name_or_its_id() {
    let longest = "a".repeat(1024);
    for id in [
        "1",
        "3f1c6f2e-0b5e-4c1d-9f37-6d3f0a7c2b11",
        "a.b_c~d-e",
        "...",
        longest.as_str(),
    ] {
        let job: JobId = id.parse().expect(id);
        assert_eq!(job.as_str(), id);
        assert_eq!(job.to_string(), id);
        assert_eq!(job.name(), format!("archiveJobs/{id}"));
        assert_eq!(job.name().parse(), Ok(job));
    }
}

#[test]
fn an_id_that_would_break_out_of_the_path_is_refused() {
    let reason = |input: &str| {
        let text = input.parse::<JobId>().expect_err(input).to_string();
        let start = format!("{input:?} is not the id of an archive job: ");
        let end = "; give ID or archiveJobs/ID, as the API returned it";
        text.strip_prefix(&start)
            .and_then(|text| text.strip_suffix(end))
            .expect(&text)
            .to_owned()
    };
    for input in ["", "archiveJobs/"] {
        assert_eq!(reason(input), "it has no id");
    }
    for input in [".", "..", "archiveJobs/.", "archiveJobs/.."] {
        assert_eq!(reason(input), "an id cannot be . or ..");
    }
    for (input, character) in [
        ("a/b", "'/'"),
        ("/a", "'/'"),
        ("archiveJobs/a/", "'/'"),
        ("archiveJobs/archiveJobs/a", "'/'"),
        ("a:cancel", "':'"),
        ("a?b", "'?'"),
        ("a#b", "'#'"),
        ("a%2Fb", "'%'"),
        ("a\\b", r"'\\'"),
        ("a b", "' '"),
        ("é", "'é'"),
        ("{name}", "'{'"),
        ("*", "'*'"),
    ] {
        assert_eq!(
            reason(input),
            format!("{character} is not allowed in an id")
        );
    }
    for input in ["a\r\nHost: example.com", "a\0", "a\u{202e}b"] {
        let text = input.parse::<JobId>().expect_err(input).to_string();
        assert!(!text.contains(char::is_control), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
    }
}

#[test]
fn an_id_has_at_most_1024_characters_and_a_longer_one_is_quoted_in_part() {
    for input in ["a".repeat(1025), "x/".repeat(10_000_000)] {
        let text = input.parse::<JobId>().expect_err("too long").to_string();
        assert!(
            text.ends_with(
                "an id has at most 1024 characters; \
                 give ID or archiveJobs/ID, as the API returned it"
            ),
            "{text}"
        );
        assert!(text.len() < 1_000);
    }
}

#[test]
fn an_id_is_borrowed_as_a_string() {
    let job: JobId = "archiveJobs/3f1c6f2e".parse().expect("a job");
    assert_eq!(job.as_ref(), "3f1c6f2e");
}
