//! The folder of an export: what is stored of it, and its files.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use dataportability_scopes::api::export::{Archive, Exports};
use dataportability_scopes::catalogue::Scopes;
use dataportability_scopes::consent::{AuthorizationResponse, Tokens};
use serde::{Deserialize, Serialize};

use super::seal::{KEY, Sealer};

/// The file in which an export is stored.
const FILE: &str = ".export.json";

/// What is stored of an export. It goes on from there.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    format: u32,
    pub(super) client_id: String,
    pub(super) requested: Scopes,
    /// What the user did not grant.
    pub(super) declined: Scopes,
    /// From when on data is exported, where that can be chosen.
    pub(super) since: Option<String>,
    pub(super) in_one_job: bool,
    /// How many exports of these resources were begun.
    pub(super) round: u32,
    pub(super) exports: Option<Exports>,
    /// The files in the folder, by job.
    pub(super) files: BTreeMap<String, Vec<StoredFile>>,
    #[serde(flatten)]
    stored: StoredSecrets,
    #[serde(skip)]
    pub(super) secrets: Secrets,
}

/// The format of the file.
const FORMAT: u32 = 1;

/// A file of an archive, in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredFile {
    /// Its path in the folder, with `/`.
    pub(super) path: String,
    pub(super) size: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredSecrets {
    Secrets(Box<Secrets>),
    Sealed(String),
}

/// What only the owner may read.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Secrets {
    /// A callback whose code has not been exchanged yet.
    pub(super) callback: Option<AuthorizationResponse>,
    pub(super) tokens: Option<Tokens>,
    pub(super) archives: Vec<Archive>,
}

impl State {
    pub(super) fn new() -> State {
        State {
            format: FORMAT,
            client_id: String::new(),
            requested: Scopes::default(),
            declined: Scopes::default(),
            since: None,
            in_one_job: false,
            round: 1,
            exports: None,
            files: BTreeMap::new(),
            stored: StoredSecrets::Sealed(String::new()),
            secrets: Secrets::default(),
        }
    }

    /// Returns whether something was granted that the export goes on with.
    pub(super) fn has_begun(&self) -> bool {
        let secrets = &self.secrets;
        self.exports.is_some() || secrets.tokens.is_some() || secrets.callback.is_some()
    }

    /// Returns the name of the folder of some resources: `chrome.history+youtube.clips`.
    pub(super) fn folder_of(resources: &Scopes) -> String {
        let names: Vec<&str> = resources.names().collect();
        names.join("+")
    }
}

/// The folder of an export, which one program at a time works in.
pub(super) struct Folder {
    path: PathBuf,
    sealer: Option<Sealer>,
    _lock: Option<File>,
}

impl Folder {
    /// Opens the folder for writing, and makes it if there is none.
    pub(super) fn open(path: &Path) -> Result<Folder, Box<dyn Error>> {
        let problem = |error: io::Error| format!("{}: {error}", path.display());
        if path.is_file() {
            return Err(problem(ErrorKind::NotADirectory.into()).into());
        }
        fs::create_dir_all(path).map_err(problem)?;
        let lock = private(&path.join(".export.lock")).map_err(problem)?;
        #[cfg(unix)]
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| format!("{}: another export is running in this folder", path.display()))?;
        Ok(Folder { _lock: Some(lock), ..Folder::to_read(path)? })
    }

    /// Opens the folder for reading, also while an export is running.
    pub(super) fn to_read(path: &Path) -> Result<Folder, Box<dyn Error>> {
        let key = super::settings::variable(KEY);
        Ok(Folder {
            path: path.to_owned(),
            sealer: key.map(|key| Sealer::new(&key)).transpose()?,
            _lock: None,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.sealer.is_some()
    }

    /// Reads what is stored, with the secrets if they can be opened. `None` if nothing is.
    pub(super) fn read(&self) -> Result<Option<State>, Box<dyn Error>> {
        let file = self.path.join(FILE);
        let problem = |what: String| format!("{}: {what}", file.display());
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(problem(error.to_string()).into()),
        };
        // Without the cause, which would quote secrets.
        let wrong =
            || problem("it is damaged, or another version of this program stored it".to_owned());
        let mut state: State = serde_json::from_str(&text).map_err(|_| wrong())?;
        if state.format != FORMAT {
            return Err(wrong().into());
        }
        match (&state.stored, &self.sealer) {
            (StoredSecrets::Secrets(secrets), _) => state.secrets = (**secrets).clone(),
            (StoredSecrets::Sealed(text), Some(sealer)) => {
                let opened = sealer.open(text).map_err(problem)?;
                state.secrets = serde_json::from_str(&opened).map_err(|_| wrong())?;
            }
            (StoredSecrets::Sealed(_), None) => {}
        }
        Ok(Some(state))
    }

    /// Same as [`read`](Self::read), but fails if the secrets cannot be opened.
    pub(super) fn read_with_secrets(&self) -> Result<Option<State>, Box<dyn Error>> {
        let state = self.read()?;
        let is_closed = |state: &State| matches!(state.stored, StoredSecrets::Sealed(_));
        if state.as_ref().is_some_and(is_closed) && self.sealer.is_none() {
            let file = self.path.join(FILE);
            return Err(format!("{}: it is sealed; set {KEY} to its key", file.display()).into());
        }
        Ok(state)
    }

    /// Replaces what is stored, so that the file is whole at any time.
    pub(super) fn store(&self, state: &mut State) -> Result<(), Box<dyn Error>> {
        state.stored = match &self.sealer {
            Some(sealer) => {
                StoredSecrets::Sealed(sealer.seal(&serde_json::to_string(&state.secrets)?)?)
            }
            None => StoredSecrets::Secrets(Box::new(state.secrets.clone())),
        };
        let file = self.path.join(FILE);
        let new = self.path.join(".export.json.new");
        let text = serde_json::to_string_pretty(state)?;
        let write = || {
            let mut to = private(&new)?;
            to.set_len(0)?;
            to.write_all(text.as_bytes())?;
            to.sync_all()?;
            fs::rename(&new, &file)
        };
        write().map_err(|error| format!("{}: {error}", file.display()).into())
    }
}

/// Opens a file that its owner alone can read, and makes it if there is none.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
