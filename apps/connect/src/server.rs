//! Serving with limits, so that slow or many clients do not stop the app for the others.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::HeaderName;
use axum::middleware::{self, Next};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep, timeout};

use crate::terminal::tell;

/// Time for a request's headers. An idle connection is closed after it too.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take nothing of a response. A download may last for hours all the same.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection that has to go may take to finish what it is writing.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Below the 128 file descriptors that some systems allow.
const MAX_CONNECTIONS: usize = 100;
/// Of one address. Behind a proxy all are of one, and the proxy has limits of its own.
const MAX_PER_ADDRESS: usize = 32;

/// Where a request comes from: an address, or for IPv6 the network of one household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) String);

impl ClientAddress {
    fn of(address: IpAddr) -> ClientAddress {
        match address.to_canonical() {
            IpAddr::V4(address) => ClientAddress(address.to_string()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                ClientAddress(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
            }
        }
    }
}

/// Serves until the process ends.
pub(crate) async fn serve(listener: TcpListener, router: Router, behind_proxy: bool) {
    let connections =
        Connections::new(if behind_proxy { MAX_CONNECTIONS } else { MAX_PER_ADDRESS });
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            // One client is gone again. Or there are no file descriptors left: they come back.
            Err(error) => {
                if error.kind() != io::ErrorKind::ConnectionAborted {
                    tell(format_args!("cannot accept a connection: {error}"));
                    sleep(Duration::from_millis(200)).await;
                }
                continue;
            }
        };
        let Some(connection) = connections.admit(from, behind_proxy).await else {
            continue;
        };
        let router = router.clone();
        tokio::spawn(serve_client(stream, router, connection));
    }
}

/// The connections that are open, the longest idle first. Of too many, those go first that wait
/// for a request.
struct Connections {
    open: Mutex<Vec<Arc<Open>>>,
    max_per_address: usize,
    closed: Notify,
}

struct Open {
    address: ClientAddress,
    /// How many requests are being responded to.
    busy: AtomicUsize,
    go: Notify,
}

/// A connection, until it is dropped.
struct Connection {
    connections: Arc<Connections>,
    open: Arc<Open>,
    behind_proxy: bool,
}

impl Connections {
    fn new(max_per_address: usize) -> Arc<Connections> {
        Arc::new(Connections { open: Mutex::default(), max_per_address, closed: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a connection once there is room, or `None` if its address has too many that are busy.
    async fn admit(
        self: &Arc<Self>,
        from: SocketAddr,
        behind_proxy: bool,
    ) -> Option<Arc<Connection>> {
        let address = ClientAddress::of(from.ip());
        loop {
            let closed = self.closed.notified();
            {
                let mut open = self.lock();
                let own = open.iter().filter(|it| it.address == address).count();
                // For the one of its own that has to go, the new one is let in at once.
                if own >= self.max_per_address && !send_away(&mut open, |it| it.address == address)
                {
                    return None;
                }
                if open.len() < MAX_CONNECTIONS || send_away(&mut open, |_| true) {
                    let (busy, go) = Default::default();
                    let new = Arc::new(Open { address, busy, go });
                    open.push(Arc::clone(&new));
                    let connections = Arc::clone(self);
                    return Some(Arc::new(Connection { connections, open: new, behind_proxy }));
                }
            }
            closed.await;
        }
    }
}

/// Closes the connection that has been idle for longest. It counts no longer.
fn send_away(open: &mut Vec<Arc<Open>>, of: impl Fn(&Open) -> bool) -> bool {
    let idle = |it: &Arc<Open>| it.busy.load(Ordering::Relaxed) == 0 && of(it);
    let Some(longest) = open.iter().position(idle) else {
        return false;
    };
    open.remove(longest).go.notify_one();
    true
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.lock().retain(|it| !Arc::ptr_eq(it, &self.open));
        self.connections.closed.notify_one();
    }
}

/// A request that is being responded to, until the last byte of the response is taken.
struct Busy(Arc<Connection>);

impl Connection {
    fn begin(self: &Arc<Self>) -> Busy {
        let mut open = self.connections.lock();
        self.open.busy.fetch_add(1, Ordering::Relaxed);
        if let Some(at) = open.iter().position(|it| Arc::ptr_eq(it, &self.open)) {
            open[at..].rotate_left(1);
        }
        Busy(Arc::clone(self))
    }

    /// A proxy adds the address of its client as the last one.
    fn address(&self, request: &Request) -> ClientAddress {
        let forwarded = HeaderName::from_static("x-forwarded-for");
        let last = request.headers().get_all(forwarded).iter().next_back();
        let last = last.and_then(|it| it.to_str().ok()?.rsplit(',').next());
        let parsed = last.and_then(|it| it.trim().parse().ok());
        match parsed.filter(|_| self.behind_proxy) {
            Some(address) => ClientAddress::of(address),
            None => self.open.address.clone(),
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.open.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve_client(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    connection: Arc<Connection>,
) {
    let client = Client { stream, timeout: None };
    let own = Arc::clone(&connection);
    let router = router.layer(middleware::from_fn(move |mut request: Request, next: Next| {
        let busy = own.begin();
        let address = own.address(&request);
        request.extensions_mut().insert(address);
        async move {
            let response: Response = next.run(request).await;
            response.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    let _until_the_last = &busy;
                    frame
                }))
            })
        }
    }));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(32 * 1024)
        .serve_connection(TokioIo::new(client), TowerToHyperService::new(router));
    let mut served = pin!(served);
    // A client that hangs up is no error of the app's.
    tokio::select! {
        _ = &mut served => {}
        () = connection.open.go.notified() => {
            served.as_mut().graceful_shutdown();
            let _ = timeout(CLOSE_TIMEOUT, served).await;
        }
    }
}

/// A connection that fails if the client reads nothing for too long.
struct Client<S> {
    stream: S,
    /// Runs while the client has to read before more can be written.
    timeout: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Client<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        buffer: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Client<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.timeout = None;
            return written;
        }
        let timeout = self.timeout.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
        let timeout = timeout.as_mut().poll(context);
        timeout.map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{sleep, timeout};

    use super::{Connection, Connections, MAX_CONNECTIONS, WRITE_TIMEOUT, serve_client};

    const LEN: usize = 1024 * 1024;

    /// Requests a long page, and returns the client's side and the app's. The clock is paused: it
    /// runs on by itself while everybody waits.
    async fn request() -> (DuplexStream, impl Future<Output = ()>) {
        let (mut client, stream) = duplex(64 * 1024);
        let router = Router::new().route("/", get(async || "x".repeat(LEN)));
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        let served = async move {
            let connection = admit(&Connections::new(1), "192.0.2.1").await.unwrap();
            serve_client(stream, router, connection).await;
        };
        (client, served)
    }

    async fn admit(connections: &Arc<Connections>, from: &str) -> Option<Arc<Connection>> {
        let from = SocketAddr::new(from.parse().unwrap(), 1);
        let admitted = connections.admit(from, false);
        timeout(WRITE_TIMEOUT, admitted).await.ok().flatten()
    }

    #[tokio::test(start_paused = true)]
    async fn of_too_many_connections_the_longest_idle_goes_and_none_that_is_busy() {
        let connections = Connections::new(MAX_CONNECTIONS);
        let mut held = Vec::new();
        for _ in 0..MAX_CONNECTIONS {
            held.push(admit(&connections, "192.0.2.1").await.unwrap());
        }
        let busy: Vec<_> = held.iter().skip(1).map(Connection::begin).collect();
        let late = admit(&connections, "192.0.2.2").await;
        assert!(late.is_some(), "the idle one makes room");
        let idle = timeout(WRITE_TIMEOUT, held[0].open.go.notified()).await;
        assert!(idle.is_ok(), "the idle one is closed");
        let late = late.map(|it| (it.begin(), it));
        assert!(admit(&connections, "192.0.2.2").await.is_none(), "all are busy");
        drop(busy);
        assert!(admit(&connections, "192.0.2.2").await.is_some());
        drop(late);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_takes_only_its_share_and_a_household_is_one() {
        let connections = Connections::new(2);
        let mut busy = Vec::new();
        for from in ["2001:db8::1", "2001:db8::2"] {
            busy.push(admit(&connections, from).await.unwrap().begin());
        }
        assert!(admit(&connections, "2001:db8::3").await.is_none());
        assert!(admit(&connections, "2001:db8:0:1::3").await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_hung_up_on() {
        let (client, served) = request().await;
        let ended = timeout(WRITE_TIMEOUT * 2, served).await;
        assert!(ended.is_ok(), "the connection is still open");
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_gets_all_of_it() {
        let (mut client, served) = request().await;
        let read = async {
            let mut received = Vec::new();
            while client.read_buf(&mut received).await.unwrap() > 0 {
                sleep(WRITE_TIMEOUT * 9 / 10).await;
            }
            received
        };
        let ((), received) = tokio::join!(served, read);
        assert!(received.len() > LEN, "{} bytes", received.len());
    }
}
