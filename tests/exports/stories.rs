//! Stories of exports, told as what Google answers and what the exports do then: `stories.txt`.
//!
//! `UPDATE=1 cargo test --all-features --test exports stories` writes what they do anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{ConsentReason, ExportCall, Progress, Step};
use dataportability_scopes::call::{CallError, HttpCall, send};
use dataportability_scopes::catalogue::{Resource, Scopes};
use dataportability_scopes::http::Response;
use serde_json::{Value, json};

use crate::google::{error, response};
use crate::person::{Person, id, listed, stamp, start};

struct Story {
    person: Person,
    /// All calls so far.
    calls: Vec<ExportCall>,
    /// Whether the last one has no answer yet.
    is_open: bool,
    shown: String,
}

/// A, B and C take no time range, and T does: the first ones and the last, so that a new revision
/// leaves their order.
fn resource(letter: &str) -> Resource {
    let with_range = letter == "T";
    let mut listed = Resource::all()
        .filter(|it| it.scope().is_listed() && it.supports_time_filter() == with_range);
    let of_letter = "ABC".find(letter).map_or(listed.clone().next_back(), |at| listed.nth(at));
    of_letter.expect("every list has these")
}

fn scopes(letters: &[&str]) -> Scopes {
    let letters = letters.iter().filter(|letter| letter.len() == 1);
    letters.map(|letter| Scopes::from(resource(letter))).collect()
}

fn place(words: &[&str], word: &str) -> usize {
    words.iter().position(|it| *it == word).unwrap_or(words.len())
}

fn letters(scopes: &Scopes) -> String {
    ["A", "B", "C", "T"].into_iter().filter(|it| scopes.contains(resource(it).scope())).collect()
}

fn number(job: &str) -> u32 {
    u32::from_str_radix(&job[..8], 16).unwrap()
}

fn duration(text: &str) -> Duration {
    humantime::parse_duration(text).expect(text)
}

/// A time from the first call on, or before it.
fn time(text: &str) -> SystemTime {
    text.strip_prefix('-').map_or_else(|| start() + duration(text), |ago| start() - duration(ago))
}

/// Rounded down, so that no story depends on how waits are spread.
fn about(wait: Duration) -> String {
    let steps = ["30d", "14d", "7d", "2d", "1d", "12h", "6h", "2h", "1h", "5m", "0s"];
    let step = steps.into_iter().map(duration).find(|step| *step <= wait);
    humantime::format_duration(step.unwrap()).to_string()
}

fn answer(words: &[&str]) -> Response<Vec<u8>> {
    let of = |key| words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
    let job = |text: &str| id(text.parse().unwrap()).to_string();
    let mut answer = match words {
        ["started", job, ..] => {
            let mut body = json!({ "archiveJobId": id(job.parse().unwrap()).as_str() });
            if let Some(access) = of("access") {
                body["accessType"] = json!(format!("ACCESS_TYPE_{access}"));
            }
            response(200, body.to_string().into())
        }
        ["state", name, more @ ..] => {
            let exported = of("exported").map_or(start(), time);
            let mut body = json!({ "state": name, "exportTime": stamp(exported) });
            if *name == "COMPLETE" && !more.contains(&"empty") {
                body["urls"] = json!(["https://storage.example/a.zip?sig=s3cret"]);
            }
            response(200, body.to_string().into())
        }
        ["html", code, ..] => response(code.parse().unwrap(), b"<html>".to_vec()),
        [code, status, ..] => {
            let mut metadata = json!({});
            for (key, value) in [
                ("job_id", of("job").map(job)),
                ("previous_job_ids", of("previous").map(job)),
                ("timestamp_after_24hrs", of("after").map(|at| stamp(time(at)))),
            ] {
                if let Some(value) = value {
                    metadata[key] = value.into();
                }
            }
            let reason = of("reason").unwrap_or_default();
            let detail = json!({ "reason": reason, "metadata": metadata });
            error(code.parse().unwrap(), status, "…", json!([detail]))
        }
        _ => panic!("{words:?}"),
    };
    if let Some(seconds) = of("retry-after") {
        answer.headers_mut().insert("retry-after", seconds.parse().unwrap());
    }
    answer
}

impl Story {
    fn act(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let now = self.person.now;
        let job = |index: usize| id(words[index].parse().unwrap());
        let exports = &mut self.person.exports;
        let mut said = String::new();
        match &*words {
            ["exports", letters @ ..] => {
                let (letters, missing) = letters.split_at(place(letters, "without"));
                let (letters, together) = letters.split_at(place(letters, "together"));
                self.person = Person::new(scopes(letters));
                if !together.is_empty() {
                    self.person.exports = self.person.exports.clone().in_one_job();
                }
                let carried = letters.iter().copied().filter(|it| !missing.contains(it));
                self.person.grant = scopes(&carried.collect::<Vec<_>>()).into();
            }
            ["grant", letters @ ..] => self.person.grant = scopes(letters).into(),
            ["token-expires", at] => self.person.expires_at = Some(now + duration(at)),
            ["range", letter, from, to] => {
                let to = Some(*to).filter(|to| *to != "open").map(time);
                let ranged = exports.clone().time_range(resource(letter), Some(time(from)), to);
                *exports = ranged.unwrap();
            }
            ["again"] => match exports.again(now) {
                Some(next) => *exports = next,
                None => said = "none; ".into(),
            },
            ["restart"] => {
                *exports = serde_json::from_value(json!(exports)).unwrap();
                self.is_open = false;
            }
            ["worker-lost"] => self.is_open = false,
            ["wait", wait] => self.person.now += duration(wait),
            ["back", wait] => self.person.now -= duration(wait),
            ["refreshed"] => exports.record_refresh(&Ok(()), now),
            ["refresh", words @ ..] => {
                let refused = answer(words);
                let result = send(&self.person.call_for_error(), |_| Ok::<_, CallError>(refused));
                self.person.exports.record_refresh(&result, now);
            }
            ["consented"] => exports.consented(now),
            ["downloaded", _] => exports.downloaded(&job(1), now),
            ["download-again", _] => exports.download_again(&job(1), now),
            ["download-until", _, wait] => exports.begin_download(&job(1), now + duration(wait)),
            ["cancelled", _] => exports.cancelled(&job(1), now),
            ["take-over", letter, _] => {
                said = format!("{}; ", exports.take_over(resource(letter), job(2), now));
            }
            ["always", words @ ..] => {
                while self.is_open {
                    self.person.answer(self.calls.last().unwrap(), answer(words));
                    self.is_open = false;
                    self.next();
                }
                said = format!("after {}, ", about(self.person.now.duration_since(now).unwrap()));
            }
            ["lost"] => {
                self.person.lose(self.calls.last().unwrap());
                self.is_open = false;
            }
            ["late", index, words @ ..] => {
                let call = &self.calls[index.parse::<usize>().unwrap() - 1];
                self.person.answer(call, answer(words));
            }
            words => {
                self.person.answer(self.calls.last().unwrap(), answer(words));
                self.is_open = false;
            }
        }
        let told = said + &self.next() + &self.status();
        if told.is_empty() { "nothing".into() } else { told }
    }

    /// Polls until there is something else to do than to wait.
    fn next(&mut self) -> String {
        let mut told = String::new();
        while !self.is_open {
            let now = self.person.now;
            let next_at = self.person.next_at();
            let step = self.person.poll();
            assert_eq!(
                next_at,
                match step {
                    Step::WaitUntil(until, _) => Some(until),
                    Step::RequestConsent(_) | Step::Done => None,
                    _ => Some(now),
                }
            );
            let text = match step {
                Step::WaitUntil(until, why) => {
                    self.person.now = until;
                    format!("{} {why:?}, ", about(until.duration_since(now).unwrap()))
                }
                Step::Send(call) => {
                    self.is_open = true;
                    let request = call.to_request().unwrap();
                    let text = match call.method() {
                        ApiMethod::Initiate => {
                            let body: Value = serde_json::from_slice(request.body()).unwrap();
                            let of = |key| body[key].as_str().map_or("", |time| &time[..16]);
                            let range = format!("{} {}", of("startTime"), of("endTime"));
                            format!("start {} {}", letters(call.resources()), range.trim())
                        }
                        method => {
                            let job = request.uri().path().rsplit('/');
                            let job = job.map(|it| it.trim_end_matches(":retry"));
                            let job = job.filter(|it| it.contains('-')).map(number).next();
                            format!("{method:?} {}", job.unwrap())
                        }
                    };
                    self.calls.push(call);
                    text.trim().to_owned()
                }
                Step::Download(archive) => {
                    let mut archives = self.person.exports.iter().map(|it| it.archive(now));
                    assert!(archives.any(|it| it.as_ref() == Some(&archive)));
                    format!("download {}", number(archive.job.as_str()))
                }
                Step::RequestConsent(why) => match &why {
                    ConsentReason::MissingScopes(of) => format!("missing {}", letters(of)),
                    ConsentReason::PermissionDenied(of) => format!("denied {}", letters(of)),
                    ConsentReason::OneTimeAccessUsedUp(of) => format!("used up {}", letters(of)),
                    why => format!("{why:?}"),
                },
                step => format!("{step:?}"),
            };
            told += &text;
            if !text.ends_with(", ") {
                break;
            }
        }
        told
    }

    /// How far the exports have come, if that has changed.
    fn status(&mut self) -> String {
        let mut status = String::new();
        for export in self.person.exports.iter() {
            let (of, progress) = (letters(export.resources()), export.progress());
            write!(status, " | {of} {progress}").unwrap();
            assert!(progress != Progress::InProgress || export.started_at().is_some());
            if let Some(reason) = export.given_up() {
                write!(status, ": {reason:?}").unwrap();
            }
            if let Some((_, why)) = export.waits_until() {
                write!(status, ", {why:?}").unwrap();
            }
            if let Some(access) = export.access_type() {
                write!(status, ", {access:?}").unwrap();
            }
            for job in export.named_jobs() {
                write!(status, ", named {}", number(job.as_str())).unwrap();
            }
        }
        if status == self.shown {
            return String::new();
        }
        self.shown.clone_from(&status);
        status
    }
}

#[test]
fn every_story_goes_as_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports/stories.txt");
    let told = fs::read_to_string(&path).unwrap();
    let mut story = Story {
        person: Person::new(listed(0)),
        calls: vec![],
        is_open: false,
        shown: String::new(),
    };
    let mut retold = String::new();
    for line in told.lines().filter(|line| !line.starts_with(' ')) {
        writeln!(retold, "{line}").unwrap();
        if line.starts_with("exports ") {
            story.calls.clear();
            story.shown.clear();
            story.is_open = false;
        }
        if !line.is_empty() && !line.starts_with('#') {
            writeln!(retold, "    {}", story.act(line).trim_start_matches(" | ")).unwrap();
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &retold).unwrap();
    }
    let told = fs::read_to_string(&path).unwrap();
    for (line, (actual, expected)) in retold.lines().zip(told.lines()).enumerate() {
        assert_eq!(actual, expected, "stories.txt:{}", line + 1);
    }
    assert_eq!(retold.lines().count(), told.lines().count());
}
