//! A simulated Google, and a person at a browser.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use dataportability_scopes::catalogue::Revision;
use stand_in::{Access, Audit, Clock, Config, Decision, Google, Granted, Options, Server};
use url::Url;

use crate::program;

/// The simulated Google, at a port of this machine.
pub(crate) struct Simulated {
    pub(crate) server: Server,
    url: String,
}

impl Simulated {
    /// Starts one whose clock runs this many times faster, and that differs from the usual in this
    /// way.
    pub(crate) fn start(speed: u32, change: impl FnOnce(&mut Config)) -> Simulated {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let groups = Revision::NEWEST.scopes().iter().map(|scope| scope.resource().name());
        let mut config = Config::new(groups, "http://localhost/");
        config.base_url.clone_from(&url);
        config.clock_speed = speed;
        change(&mut config);
        let options = Options { clock: Clock::starting_now(speed), ..Options::default() };
        let server = Server::new(Google::new(config), options);
        let serving = server.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                listener.set_nonblocking(true).expect("a listener");
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                serving.serve(listener).await
            })
        });
        Simulated { server, url }
    }

    /// Returns the program, with the environment that leads it here.
    pub(crate) fn program(&self) -> Command {
        let mut program = program();
        let Clock { epoch, speed } = self.server.clock();
        program
            .env("AUTHORIZATION_ENDPOINT", format!("{}/o/oauth2/v2/auth", self.url))
            .env("TOKEN_ENDPOINT", format!("{}/token", self.url))
            .env("REVOCATION_ENDPOINT", format!("{}/revoke", self.url))
            .env("TOKEN_INFO_ENDPOINT", format!("{}/tokeninfo", self.url))
            .env("API_BASE_URL", &self.url)
            .env("CLOCK_SPEED", speed.to_string())
            .env("CLOCK_EPOCH", epoch.to_string())
            .env("ISSUER", "https://accounts.google.com")
            .env("GOOGLE_CLIENT_ID", "client")
            .env("GOOGLE_CLIENT_SECRET", "secret")
            .env_remove("EXPORT_KEY");
        program
    }

    /// Decides at an authorization URL. Returns where Google sends the browser.
    pub(crate) fn decide(&self, url: &str, granted: Granted, access: Access) -> String {
        let parsed = Url::parse(url).expect("a URL");
        let mut parameters = parsed.query_pairs();
        let (_, redirect_uri) =
            parameters.find(|(name, _)| name == "redirect_uri").expect("a redirect URI");
        let decision = Decision { account: "ada@example.com".to_owned(), granted, access };
        let decided = self.server.with(|google, now| {
            // Google lets desktop clients use any port.
            let uris = &mut google.config_mut().clients[0].redirect_uris;
            uris.push(redirect_uri.into_owned());
            // The code is good for ten minutes of the fast clock, which a busy machine may miss.
            let a_second = Duration::from_secs(google.config().clock_speed.into());
            google.decide(url, &decision, now + 2 * a_second)
        });
        decided.expect("no file").expect("a callback")
    }

    pub(crate) fn audit(&self) -> Audit {
        self.server.audit()
    }
}

/// Opens an address of this machine, as a browser does. Returns the page with its head.
pub(crate) fn open(url: &str) -> String {
    let url = Url::parse(url).expect("a URL");
    let port = url.port().expect("a port");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let target = &url[url::Position::BeforePath..];
    write!(stream, "GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("a page");
    page
}
