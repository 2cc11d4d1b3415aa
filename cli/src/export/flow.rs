//! The export itself, in order: consent, tokens, jobs, files.

use std::error::Error;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use dataportability_scopes::api::export::{Archive, ConsentReason, Exports, Step};
use dataportability_scopes::call::{CallError, HttpCall, send};
use dataportability_scopes::catalogue::Scopes;
use dataportability_scopes::consent::{OAuthClient, Tokens};
use dataportability_scopes::grant::Grant;
use url::Url;

use super::board::Board;
use super::consent::{CONNECTIONS, Callbacks, NOTHING_GRANTED};
use super::folder::{Folder, State, StoredFile};
use super::http::{DownloadError, Http};
use super::settings::{Client, Clock};

/// An export that is running.
pub(super) struct Flow<'a> {
    pub(super) folder: &'a Folder,
    pub(super) state: State,
    pub(super) http: Http,
    pub(super) clock: Clock,
    pub(super) board: Board,
    /// How long to wait for the browser.
    pub(super) patience: Duration,
    /// Whether to open the browser, or print the URL alone.
    pub(super) opens_browser: bool,
}

/// How often an exchange or a download is tried.
const TRIES: u32 = 6;

impl Flow<'_> {
    /// Runs until everything has ended, or until a person has to act. Returns what they have to do.
    pub(super) fn run(
        &mut self,
        client: &Client,
        again: bool,
    ) -> Result<Option<String>, Box<dyn Error>> {
        let mut google = client.google.clone();
        let mut asked = false;
        // What was asked for is known from now on.
        self.store()?;

        // 1. Consent, unless there is one.
        if self.state.secrets.tokens.is_none() {
            asked = true;
            let needed = self.state.requested.clone();
            if let Some(problem) = self.consent(client, &mut google, &needed)? {
                return Ok(Some(problem));
            }
        }

        // 2. The exports of what was granted.
        if let Some(problem) = self.begin(again)? {
            return Ok(Some(problem));
        }

        // 3. One step after the other. What is about to be sent is stored first.
        loop {
            let now = self.clock.now();
            let tokens = self.tokens()?;
            let step = self.exports()?.poll(&google.access(&tokens), now);
            if let Some(exports) = &self.state.exports {
                self.board.show(exports, self.clock);
            }
            match step {
                Step::Send(call) => {
                    self.store()?;
                    let result = self.send(&call);
                    let now = self.clock.now();
                    self.exports()?.record(&call, &result, now);
                    self.store()?;
                }
                Step::Refresh => {
                    let result = self.send(&google.refresh(&tokens, now));
                    let now = self.clock.now();
                    self.exports()?.record_refresh(&result, now);
                    if let Ok(tokens) = result {
                        self.state.secrets.tokens = Some(tokens);
                    }
                    self.store()?;
                }
                Step::Download(archive) => self.download(&archive)?,
                Step::WaitUntil(time, _) => self.wait(time),
                Step::RequestConsent(ConsentReason::AccessEnded) if !asked => {
                    self.board
                        .say("Google no longer accepts the tokens. It needs your consent again.");
                    asked = true;
                    let needed = self.unfinished();
                    if let Some(problem) = self.consent(client, &mut google, &needed)? {
                        return Ok(Some(problem));
                    }
                    let now = self.clock.now();
                    self.exports()?.consented(now);
                    self.store()?;
                }
                Step::RequestConsent(reason) => return Ok(Some(sentence(&reason))),
                Step::Done => return Ok(None),
            }
        }
    }

    /// Asks the user, and exchanges the code of the callback. One that was stored is exchanged
    /// without asking again. `google` gets the port that was listened at.
    fn consent(
        &mut self,
        client: &Client,
        google: &mut OAuthClient,
        needed: &Scopes,
    ) -> Result<Option<String>, Box<dyn Error>> {
        let response = if let Some(response) = self.state.secrets.callback.clone() {
            response
        } else {
            let callbacks;
            (*google, callbacks) = Callbacks::listen(client)?;
            let consent = google.consent(needed).authorize_url(SystemTime::now())?;
            let consent = consent.ok_or("name at least one resource group")?;
            show_url(&self.board, consent.url.as_str(), self.opens_browser);
            let response = match callbacks.wait(consent.pending, self.patience) {
                Ok(response) => response,
                Err(problem) => return Ok(Some(problem)),
            };
            // The code is good for one exchange: it is not to be lost.
            self.state.secrets.callback = Some(response.clone());
            self.store()?;
            response
        };
        let mut tries = 1;
        let result = loop {
            let result = self.send(&google.exchange(&response, self.clock.now()));
            if tries == TRIES || !result.as_ref().is_err_and(CallError::is_transient) {
                break result;
            }
            self.pause(tries);
            tries += 1;
        };
        let mut exchanged = match result {
            Ok(exchanged) => exchanged,
            // The next run tries again: the code may still be good.
            Err(error) if error.is_transient() => {
                return Err(format!("{error}; run the same command again within minutes").into());
            }
            Err(error) => {
                self.state.secrets.callback = None;
                self.store()?;
                return Ok(Some(format!(
                    "{error}. Run the same command again. If Google says \"Access blocked\", \
                     remove the app at {CONNECTIONS} first."
                )));
            }
        };
        if exchanged.scope_error.is_some() {
            let info = self.send(&google.access(&exchanged.tokens).token_info())?;
            exchanged.comparison = info.grant.compare(&self.state.requested);
            exchanged.tokens.grant = info.grant;
        }
        self.state.declined.extend([&exchanged.comparison.declined]);
        self.state.secrets.tokens = Some(exchanged.tokens);
        self.state.secrets.callback = None;
        self.store()?;
        Ok(None)
    }

    /// Makes the exports of what was granted, or the next ones.
    fn begin(&mut self, again: bool) -> Result<Option<String>, Box<dyn Error>> {
        let now = self.clock.now();
        match &mut self.state.exports {
            Some(exports) if again => {
                let Some(next) = exports.again(now) else {
                    return Ok(Some(
                        "There is no next export yet: an export has not ended, or it was for one \
                         time. Run the command without --again to go on with it."
                            .to_owned(),
                    ));
                };
                *exports = next;
                self.state.round += 1;
            }
            Some(exports) => exports.restore(std::mem::take(&mut self.state.secrets.archives)),
            None => {
                let granted = self.tokens()?.grant.compare(&self.state.requested).granted;
                if granted.is_empty() {
                    self.state.secrets.tokens = None;
                    self.store()?;
                    return Ok(Some(NOTHING_GRANTED.to_owned()));
                }
                let grant = Grant::from(granted.clone()).vouching_for(&granted);
                let mut exports = Exports::new(&grant, now);
                if let Some(since) = self.state.since.as_deref().and_then(super::day) {
                    let can_begin = |scopes: &Scopes| -> Scopes {
                        let known = scopes.known().iter();
                        known.filter(|scope| scope.resource().supports_time_filter()).collect()
                    };
                    exports = exports.time_range(can_begin(&granted), Some(since), None)?;
                }
                if self.state.in_one_job {
                    exports = exports.in_one_job();
                }
                self.state.exports = Some(exports);
            }
        }
        self.store()?;
        Ok(None)
    }

    /// Downloads the files of an archive that are not there yet.
    fn download(&mut self, archive: &Archive) -> Result<(), Box<dyn Error>> {
        let group = State::folder_of(&archive.resources);
        let folder = self.folder.path().join(&group);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        self.store()?;
        let mut tries = 1;
        for (index, url) in archive.files.iter().enumerate() {
            let name = file_name(url.as_str(), index, self.state.round);
            let path = format!("{group}/{name}");
            let job = archive.job.as_str().to_owned();
            let mut known = self.state.files.get(&job).into_iter().flatten();
            let known = known.find(|file| file.path == path).map(|file| file.size);
            let to = folder.join(&name);
            if known.is_some() && fs::metadata(&to).ok().map(|file| file.len()) == known {
                continue;
            }
            let size = loop {
                let bar = self.board.of_file(&path);
                let result = self.http.download(url.as_str(), &to, |bytes, all| {
                    bar.set_length(all.unwrap_or(bytes));
                    bar.set_position(bytes);
                });
                bar.finish_and_clear();
                match result {
                    Ok(size) => break size,
                    Err(DownloadError::File(error)) => {
                        let to = to.display();
                        let remedy = "fix that, and run the same command again";
                        return Err(format!("{to}: {error}; {remedy}").into());
                    }
                    Err(DownloadError::Failed(why)) if tries < TRIES => {
                        self.board.say(&format!("{path}: {why}; trying again"));
                        self.pause(tries);
                        tries += 1;
                    }
                    // Fresh links, in a while.
                    Err(DownloadError::Failed(_) | DownloadError::Refused) => {
                        let now = self.clock.now();
                        self.exports()?.download_again(&archive.job, now);
                        return self.store();
                    }
                }
            };
            let files = self.state.files.entry(job).or_default();
            files.retain(|file| file.path != path);
            files.push(StoredFile { path, size });
            self.store()?;
        }
        let now = self.clock.now();
        self.exports()?.downloaded(&archive.job, now);
        self.store()
    }

    /// Waits, and shows how long it still takes.
    fn wait(&mut self, time: SystemTime) {
        let left = self.clock.until(time);
        sleep(left.clamp(Duration::from_millis(1), Duration::from_secs(1)));
    }

    /// Waits before the next of a few tries.
    fn pause(&self, tries: u32) {
        sleep(self.clock.real(Duration::from_secs(4) * tries));
    }

    fn send<C: HttpCall>(&self, call: &C) -> Result<C::Response, CallError> {
        send(call, |request| self.http.send(request))
    }

    fn store(&mut self) -> Result<(), Box<dyn Error>> {
        let now = self.clock.now();
        if let Some(exports) = &self.state.exports {
            self.state.secrets.archives = exports.archives(now).collect();
        }
        self.folder.store(&mut self.state)
    }

    fn exports(&mut self) -> Result<&mut Exports, &'static str> {
        self.state.exports.as_mut().ok_or("there are no exports")
    }

    fn tokens(&self) -> Result<Tokens, &'static str> {
        self.state.secrets.tokens.clone().ok_or("there are no tokens")
    }

    /// Returns the resources whose export has not ended.
    fn unfinished(&self) -> Scopes {
        let exports = self.state.exports.iter().flat_map(Exports::iter);
        let unfinished = exports.filter(|export| export.waits_until().is_some());
        unfinished.map(|export| export.resources()).collect()
    }
}

/// Shows where the user has to go.
fn show_url(board: &Board, url: &str, opens_browser: bool) {
    if opens_browser && opener::open_browser(url).is_ok() {
        board.say("Your browser shows what Google asks. If it does not, open this address:");
        board.say(url);
    } else {
        if opens_browser {
            board.say("No browser could be opened. Open this address:");
        }
        println!("{url}");
    }
    board.say(&format!(
        "Waiting for your answer at Google. If it says \"Access blocked\", remove the app at \
         {CONNECTIONS}, and open the address again."
    ));
}

/// Says what a person has to do.
fn sentence(reason: &ConsentReason) -> String {
    let names = |scopes: &Scopes| scopes.names().collect::<Vec<_>>().join(", ");
    match reason {
        ConsentReason::OneTimeAccessUsedUp(scopes) => format!(
            "The one export that was allowed is used up for {}. Run \"dataportability-scopes \
             end-access\" for this folder, and export again.",
            names(scopes)
        ),
        ConsentReason::PermissionDenied(scopes) | ConsentReason::MissingScopes(scopes) => format!(
            "Google denies access to {}. Run \"dataportability-scopes end-access\" for this \
             folder, and export again.",
            names(scopes)
        ),
        other => format!("{other}. Run the same command again."),
    }
}

/// Returns the name of a file: that of its address if it has a plain one.
fn file_name(url: &str, index: usize, round: u32) -> String {
    let url = Url::parse(url).ok();
    let last = url.as_ref().and_then(|url| url.path_segments()?.next_back());
    let is_plain = |name: &&str| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        (1..=120).contains(&name.len()) && name.chars().all(is_letter) && !name.starts_with('.')
    };
    let number = index + 1;
    let name = match last.filter(is_plain) {
        Some(name) => format!("{number}-{name}"),
        None => format!("archive-{number}.zip"),
    };
    match round {
        1 => name,
        round => format!("{round}-{name}"),
    }
}
