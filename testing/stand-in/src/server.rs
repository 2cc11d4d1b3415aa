//! Serves the simulated Google over HTTP.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::Config;
use crate::audit::Audit;
use crate::failure::Failure;
use crate::google::Google;

/// A clock that may run faster than real time.
///
/// It shows real time at its epoch. Programs that share epoch and speed share the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The Unix time, in seconds, at which the clock shows real time.
    pub epoch: u64,
    /// How many times faster than real time it runs.
    pub speed: u32,
}

impl Clock {
    /// Returns a clock that shows real time now and runs at the given speed.
    #[must_use]
    pub fn starting_now(speed: u32) -> Clock {
        Clock { epoch: since_epoch(SystemTime::now()).as_secs(), speed }
    }

    /// Returns what the clock shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let epoch = Duration::from_secs(self.epoch);
        let elapsed = since_epoch(SystemTime::now()).saturating_sub(epoch);
        SystemTime::UNIX_EPOCH + epoch + elapsed.saturating_mul(self.speed)
    }
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The largest body of a request, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// The clock.
    pub clock: Clock,
    /// The file that keeps the state. It is replaced after each change, before the response is
    /// sent.
    pub state_file: Option<PathBuf>,
}

impl Default for Options {
    /// Real time, and no file.
    fn default() -> Options {
        Options { clock: Clock::starting_now(1), state_file: None }
    }
}

/// A simulated Google that is served over HTTP. Clones share it.
///
/// A lost request or response closes the connection without a response. After a request that was
/// repeated, the second response is sent.
#[derive(Clone, Debug)]
pub struct Server {
    google: Arc<Mutex<Google>>,
    options: Arc<Options>,
}

impl Server {
    /// Creates a server that has not been saved before.
    #[must_use]
    pub fn new(google: Google, options: Options) -> Server {
        Server { google: Arc::new(Mutex::new(google)), options: Arc::new(options) }
    }

    /// Goes on from the state file, or creates a server if there is none. The configuration
    /// replaces the saved one, apart from the seed; the epoch of the clock is the saved one.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or was saved with a clock of another speed.
    pub fn open(config: Config, mut options: Options) -> io::Result<Server> {
        let saved = options.state_file.as_deref().map(read).transpose()?.flatten();
        let Some((clock, mut google)) = saved else {
            return Ok(Server::new(Google::new(config), options));
        };
        if clock.speed != options.clock.speed {
            return Err(io::Error::other(format!(
                "the state was saved with a clock of speed {}: use that speed, or another file",
                clock.speed
            )));
        }
        options.clock = clock;
        let seed = google.config().seed;
        *google.config_mut() = Config { seed, ..config };
        Ok(Server::new(google, options))
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.options.clock
    }

    /// Returns what clients did so far.
    #[must_use]
    pub fn audit(&self) -> Audit {
        self.lock().audit().clone()
    }

    /// Reads or changes the simulated Google, given the time, between two requests.
    ///
    /// # Errors
    ///
    /// Fails if the state cannot be saved.
    pub fn with<T>(&self, change: impl FnOnce(&mut Google, SystemTime) -> T) -> io::Result<T> {
        let mut google = self.lock();
        let value = change(&mut google, self.options.clock.now());
        if let Some(path) = &self.options.state_file {
            write(path, self.options.clock, &google)?;
        }
        Ok(value)
    }

    fn lock(&self) -> MutexGuard<'_, Google> {
        self.google.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves connections. It never returns: drop the future to stop.
    pub async fn serve(&self, listener: TcpListener) -> Infallible {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Too many open files, for instance.
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            let server = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| server.answer(request));
                // Clients hang up, and lost responses end in an error.
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                let _ = connection.await;
            });
        }
    }

    /// Answers a request. An error closes the connection.
    async fn answer(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
            let message = "The body is too large, or was not sent whole.";
            let refused = Failure::new(413, "INVALID_ARGUMENT", message).into_response();
            return Ok(refused.map(|body| Full::new(Bytes::from(body))));
        };
        let request = Request::from_parts(head, body.to_bytes().to_vec());
        let response =
            self.with(|google, now| google.send(&request, now)).inspect_err(|error| {
                eprintln!("error: the state cannot be saved: {error}");
            })?;
        let response = response.ok_or_else(|| io::Error::other("lost"))?;
        Ok(response.map(|body| Full::new(Bytes::from(body))))
    }
}

fn read(path: &Path) -> io::Result<Option<(Clock, Google)>> {
    match fs::read(path) {
        Ok(saved) => Ok(Some(serde_json::from_slice(&saved)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces the file, so that it is whole at any time.
fn write(path: &Path, clock: Clock, google: &Google) -> io::Result<()> {
    let saved = serde_json::to_vec(&(clock, google))?;
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    fs::write(&new, saved)?;
    fs::rename(&new, path)
}
