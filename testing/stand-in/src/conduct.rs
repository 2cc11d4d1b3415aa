//! What a client was told, and whether it keeps to it.

use std::time::{Duration, SystemTime};

use http::{HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::api::Call;
use crate::audit::Rule;
use crate::failure::Failure;
use crate::google::{Delivery, Google, unix_seconds};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What Google told the client of a person, as far as it still matters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Conduct {
    waits: Vec<Wait>,
    refusals: Vec<Refusal>,
}

/// What a call is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) method: String,
    /// The groups or the job that it names.
    pub(crate) names: Vec<String>,
}

/// A wait that Google named.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Wait {
    subject: Subject,
    is_wide: bool,
    until: SystemTime,
    /// Whether a call came during it.
    is_broken: bool,
}

/// A call that was refused, without a time to wait for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Refusal {
    subject: Subject,
    is_wide: bool,
    consent: u64,
    at: SystemTime,
}

fn concerns(told: &Subject, is_wide: bool, asked: &Subject) -> bool {
    let shares = || told.names.iter().any(|name| asked.names.contains(name));
    told.method == asked.method && (is_wide || told.names == asked.names || shares())
}

impl Google {
    /// Records that a call comes, and whether Google had told its sender to wait.
    pub(crate) fn record_call(&mut self, call: &Call<'_>) {
        if call.delivery == Delivery::Repeated {
            return;
        }
        let day = unix_seconds(call.now) / (24 * 60 * 60);
        self.audit.count(Some(&call.bearer.account), |counts| {
            *counts.calls_by_day.entry(day).or_default() += 1;
        });
        let conduct = self.conduct.entry(call.bearer.person()).or_default();
        conduct.waits.retain(|wait| wait.until > call.now);
        let told = conduct
            .waits
            .iter_mut()
            .filter(|wait| concerns(&wait.subject, wait.is_wide, &call.subject))
            .max_by_key(|wait| (wait.is_broken, wait.until));
        if let Some(wait) = told {
            let rest = wait.until.duration_since(call.now).unwrap_or_default();
            let text = format!(
                "{} was called {} seconds before the time that Google had named",
                call.subject.method,
                rest.as_secs()
            );
            // The client may have stopped before it stored the answer: once.
            let rule = if wait.is_broken { Rule::CallDuringWait } else { Rule::ReaskedOnce };
            wait.is_broken = true;
            self.broken(call, rule, &text);
        }
    }

    /// Records that a call fails.
    pub(crate) fn record_failure(&mut self, call: &Call<'_>, failure: &Failure) {
        if let Some(until) = failure.wait {
            self.tell_to_wait(call, until, failure.is_wide);
        }
        if failure.is_no() {
            self.refuse_call(call, failure.is_wide);
        }
    }

    /// Records an answer that does not come from the API.
    pub(crate) fn record_odd(&mut self, call: &Call<'_>, response: &Response<Vec<u8>>) {
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let seconds =
            retry_after.map(HeaderValue::to_str).and_then(|value| value.ok()?.parse().ok());
        if let Some(seconds) = seconds {
            self.tell_to_wait(call, call.now + Duration::from_secs(seconds), true);
        }
        let status = response.status();
        let is_api = response.body().starts_with(b"{");
        if is_api && matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) {
            self.refuse_call(call, false);
        }
    }

    fn tell_to_wait(&mut self, call: &Call<'_>, until: SystemTime, is_wide: bool) {
        // What was lost on the way tells nobody anything.
        if call.delivery != Delivery::ResponseLost {
            let conduct = self.conduct.entry(call.bearer.person()).or_default();
            let is_broken = conduct
                .waits
                .iter()
                .any(|wait| wait.is_broken && concerns(&wait.subject, wait.is_wide, &call.subject));
            conduct.waits.push(Wait { is_broken, subject: call.subject.clone(), is_wide, until });
        }
    }

    fn refuse_call(&mut self, call: &Call<'_>, is_wide: bool) {
        let conduct = self.conduct.entry(call.bearer.person()).or_default();
        conduct.refusals.retain(|last| last.at + HOUR > call.now);
        // A new consent is a new beginning.
        let before = conduct.refusals.iter().filter(|last| {
            last.consent == call.bearer.consent
                && concerns(&last.subject, last.is_wide, &call.subject)
        });
        let rule = match before.count() {
            0 => None,
            // As above.
            1 => Some(Rule::ReaskedOnce),
            _ => Some(Rule::RefusedAgain),
        };
        if call.delivery != Delivery::ResponseLost {
            conduct.refusals.push(Refusal {
                subject: call.subject.clone(),
                is_wide,
                consent: call.bearer.consent,
                at: call.now,
            });
        }
        if let Some(rule) = rule {
            let text = format!("{} was refused again within an hour", call.subject.method);
            self.broken(call, rule, &text);
        }
    }
}
