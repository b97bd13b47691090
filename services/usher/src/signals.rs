//! The signs by which the system asks a process to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Ends at SIGTERM or SIGINT. From its first poll on, neither ends the process by itself.
pub(crate) async fn asked_to_stop() {
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }
        _ => std::future::pending().await,
    }
}
