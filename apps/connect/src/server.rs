//! Serving with limits, so that slow or many clients do not stop the app for the others.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep};

use crate::terminal::tell;

/// Time for a request's headers. An idle connection is closed after it too.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take nothing of a response. A download may last for hours all the same.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Below the 128 file descriptors that some systems allow.
const MAX_CONNECTIONS: usize = 100;

/// Serves until the process ends.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // One client is gone again. Or there are no file descriptors left: they come back.
            Err(error) => {
                if error.kind() != io::ErrorKind::ConnectionAborted {
                    tell(format_args!("cannot accept a connection: {error}"));
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                continue;
            }
        };
        let router = router.clone();
        tokio::spawn(async move {
            let _permit = permit;
            serve_client(stream, router).await;
        });
    }
}

async fn serve_client(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let client = Client {
        stream,
        timeout: None,
    };
    // A client that hangs up is no error of the app's.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(32 * 1024)
        .serve_connection(TokioIo::new(client), TowerToHyperService::new(router))
        .await;
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
        let timeout = self
            .timeout
            .get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
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
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{sleep, timeout};

    use super::{WRITE_TIMEOUT, serve_client};

    const LEN: usize = 1024 * 1024;

    /// Requests a long page, and returns the client's side and the app's. The clock is paused: it
    /// runs on by itself while everybody waits.
    async fn request() -> (DuplexStream, impl Future<Output = ()>) {
        let (mut client, stream) = duplex(64 * 1024);
        let router = Router::new().route("/", get(async || "x".repeat(LEN)));
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        (client, serve_client(stream, router))
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
