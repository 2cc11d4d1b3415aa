//! What a client was told, and whether it keeps to it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::api::Call;
use crate::audit::Rule;
use crate::failure::Failure;
use crate::faults::OddAnswer;
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
    reach: Reach,
    until: SystemTime,
    /// Whether a call came during it.
    is_broken: bool,
}

/// A call that was refused, without a time to wait for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Refusal {
    reach: Reach,
    consent: u64,
    at: SystemTime,
}

/// Which calls an answer is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Reach {
    subject: Subject,
    /// Whether it is about all calls of the method.
    is_wide: bool,
}

impl Reach {
    fn concerns(&self, asked: &Subject) -> bool {
        let Reach { subject, is_wide } = self;
        let shares = || subject.names.iter().any(|name| asked.names.contains(name));
        subject.method == asked.method && (*is_wide || subject.names == asked.names || shares())
    }
}

impl Google {
    /// Records that a call comes, and whether Google had told its sender to wait.
    pub(crate) fn record_call(&mut self, call: &Call<'_>) {
        if call.delivery == Delivery::Repeated {
            return;
        }
        let day = unix_seconds(call.now) / (24 * 60 * 60);
        self.audit.count(Some(&call.consent.account), |counts| {
            *counts.calls_by_day.entry(day).or_default() += 1;
        });
        let conduct = self.conduct.entry(call.consent.person()).or_default();
        conduct.waits.retain(|wait| wait.until > call.now);
        let told = conduct
            .waits
            .iter_mut()
            .filter(|wait| wait.reach.concerns(&call.subject))
            .max_by_key(|wait| (wait.is_broken, wait.until));
        if let Some(wait) = told {
            let rest = wait.until.duration_since(call.now).unwrap_or_default().as_secs();
            let method = &call.subject.method;
            let text =
                format!("{method} was called {rest} seconds before the time that Google had named");
            // The client may have stopped before it stored the answer: once.
            let rule = if wait.is_broken { Rule::CallDuringWait } else { Rule::ReaskedOnce };
            wait.is_broken = true;
            self.broken(call, rule, &text);
        }
    }

    /// Records that a call fails.
    pub(crate) fn record_failure(&mut self, call: &Call<'_>, failure: &Failure) {
        if let Some((rule, text)) = &failure.broken {
            self.broken(call, *rule, text);
        }
        if let Some(until) = failure.wait {
            self.tell_to_wait(call, until, failure.is_wide);
        }
        if failure.is_no() {
            self.refuse_call(call, failure.is_wide);
        }
    }

    /// Records an answer that does not come from the API.
    pub(crate) fn record_odd(&mut self, call: &Call<'_>, odd: OddAnswer) {
        if let Some(wait) = odd.retry_after {
            self.tell_to_wait(call, call.now + wait, true);
        }
        if odd.code.is_some() && matches!(odd.status, 403 | 404) {
            self.refuse_call(call, false);
        }
    }

    fn tell_to_wait(&mut self, call: &Call<'_>, until: SystemTime, is_wide: bool) {
        // What was lost on the way tells nobody anything.
        if call.delivery != Delivery::ResponseLost {
            let waits = &mut self.conduct.entry(call.consent.person()).or_default().waits;
            let concerned = |wait: &Wait| wait.is_broken && wait.reach.concerns(&call.subject);
            let is_broken = waits.iter().any(concerned);
            let reach = Reach { subject: call.subject.clone(), is_wide };
            waits.push(Wait { reach, until, is_broken });
        }
    }

    fn refuse_call(&mut self, call: &Call<'_>, is_wide: bool) {
        let refusals = &mut self.conduct.entry(call.consent.person()).or_default().refusals;
        refusals.retain(|last| last.at + HOUR > call.now);
        // A new consent is a new beginning.
        let consent = call.consent.number;
        let concerned =
            |last: &&Refusal| last.consent == consent && last.reach.concerns(&call.subject);
        let before = refusals.iter().filter(concerned).count();
        if call.delivery != Delivery::ResponseLost {
            let reach = Reach { subject: call.subject.clone(), is_wide };
            refusals.push(Refusal { reach, consent, at: call.now });
        }
        if before > 0 {
            // As above: once.
            let rule = if before == 1 { Rule::ReaskedOnce } else { Rule::RefusedAgain };
            let text = format!("{} was refused again within an hour", call.subject.method);
            self.broken(call, rule, &text);
        }
    }
}
