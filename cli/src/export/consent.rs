//! The user's consent: the browser goes to Google, and its callback comes to a port of this
//! machine.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use dataportability_scopes::call::OAuthErrorCode;
use dataportability_scopes::consent::{
    AuthorizationResponse, CallbackError, OAuthClient, PendingConsent, PendingConsents,
};
use url::Url;

use super::settings::{Client, port};

/// Where a user removes what an app was granted.
pub(super) const CONNECTIONS: &str = "https://myaccount.google.com/connections";

/// What a person reads who declined.
pub(super) const NOTHING_GRANTED: &str = "Nothing was granted: you declined at Google, or ticked \
                                          no box. Run the same command to be asked again.";

/// The requests of browsers to the port of the redirect URI.
pub(super) struct Callbacks {
    requests: Receiver<(String, TcpStream)>,
}

impl Callbacks {
    /// Listens at the client's redirect URI, or at a free port, which is then the client's.
    pub(super) fn listen(client: &Client) -> Result<(OAuthClient, Callbacks), Box<dyn Error>> {
        let mut google = client.google.clone();
        let wanted =
            if client.takes_any_port { 0 } else { port(google.redirect_uri()).unwrap_or_default() };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).map_err(|error| {
            format!(
                "Google sends the browser back to port {wanted} of this machine, which cannot be \
                 used: {error}; end the program that uses it, or give another registered redirect \
                 URI with --redirect-uri"
            )
        })?;
        if client.takes_any_port {
            google = google.loopback_port(listener.local_addr()?.port())?;
        }
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                // Browsers open connections that they may not use.
                thread::spawn(move || serve(stream, &sender));
            }
        });
        Ok((google, Callbacks { requests }))
    }

    /// Waits for the callback of a consent. The error says what happened and what to do.
    pub(super) fn wait(
        &self,
        pending: PendingConsent,
        patience: Duration,
    ) -> Result<AuthorizationResponse, String> {
        let uri = Url::parse(pending.redirect_uri().as_str());
        let path = uri.map_or_else(|_| "/".to_owned(), |uri| uri.path().to_owned());
        let end = Instant::now() + patience.min(PendingConsent::LIFETIME);
        let mut consents = PendingConsents::default();
        consents.insert(pending, SystemTime::now());
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let (target, stream) = self.requests.recv_timeout(left).map_err(|_| {
                format!(
                    "Google sent no answer: the page was closed, or it said \"Access blocked\". \
                     Run the same command to try again. If Google says that access is blocked, \
                     remove the app at {CONNECTIONS} first."
                )
            })?;
            let (asked, query) = target.split_once('?').unwrap_or((&target, ""));
            if asked != path || query.is_empty() {
                answer(stream, "404 Not Found", "There is nothing here.");
                continue;
            }
            match consents.complete(query, SystemTime::now()) {
                Ok(response) => {
                    answer(stream, "200 OK", DONE);
                    return Ok(response);
                }
                Err(CallbackError::Denied { error: OAuthErrorCode::AccessDenied }) => {
                    answer(stream, "200 OK", REFUSED);
                    return Err(NOTHING_GRANTED.to_owned());
                }
                Err(error @ (CallbackError::Denied { .. } | CallbackError::WrongIssuer)) => {
                    answer(stream, "200 OK", REFUSED);
                    return Err(format!(
                        "Nothing was granted: {error}. Run the same command to try again."
                    ));
                }
                Err(_) => answer(stream, "400 Bad Request", OTHER),
            }
        }
    }
}

impl Drop for Callbacks {
    /// Goes on answering: browsers may come twice.
    fn drop(&mut self) {
        let (_, nothing) = mpsc::channel();
        let requests = std::mem::replace(&mut self.requests, nothing);
        thread::spawn(move || {
            for (_, stream) in requests {
                answer(stream, "200 OK", DONE);
            }
        });
    }
}

const DONE: &str = "Thank you. You can close this page: the export continues in the terminal.";
const REFUSED: &str = "Nothing was granted. You can close this page: the terminal says more.";
const OTHER: &str = "This does not belong to the export that is waiting. Follow the link that the \
                     terminal shows.";

/// The longest head of a request that is read.
const MAX_HEAD: usize = 80 << 10;

/// Reads the head of a request. What is not a plain request for a page is answered here.
fn serve(mut stream: TcpStream, sender: &Sender<(String, TcpStream)>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let Ok(head) = read_head(&mut stream) else {
        return;
    };
    let lower = head.to_ascii_lowercase();
    let is_prefetch = lower.contains("purpose: prefetch");
    let mut words = head.split(' ');
    match (words.next(), words.next()) {
        (Some("GET"), Some(target)) if !is_prefetch => {
            let _ = sender.send((target.to_owned(), stream));
        }
        _ => answer(stream, "405 Method Not Allowed", "Only a page can be opened here."),
    }
}

fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut buffer)?;
        if count == 0 || head.len() > MAX_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Answers with a page of one sentence. The browser may be gone.
fn answer(mut stream: TcpStream, status: &str, sentence: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Export</title>\
         <body style=\"font: 1.2em system-ui; margin: 3em auto; max-width: 30em\"><p>{sentence}"
    );
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n\
         {page}",
        page.len()
    );
}
