//! Serving with limits, so that slow or many clients do not stop the app for the others.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::terminal::tell;

/// Time for a request's headers. An idle connection is closed after it too.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
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
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let _permit = permit;
            // A client that hangs up is no error of the app's.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .max_buf_size(32 * 1024)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
