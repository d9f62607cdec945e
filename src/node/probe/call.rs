//! Probes that call a container over the network, and the words in which they fail (`pkg/probe`).

use super::super::worker::go_seconds;
use std::time::Duration;

/// What is called for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// A page, whose status is to be at least 200 and below 400.
    Http { scheme: String, path: String },
    /// A connection, no more.
    Tcp,
    /// The gRPC health service.
    Grpc,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The pod itself, if empty.
    pub host: String,
    /// Its port, or why there is none.
    pub port: Result<u16, String>,
}

impl Call {
    /// Nobody listens at the address. Of a gRPC service this is not seen: it is called again until the time is over.
    pub fn refused(&self, address: &str) -> Option<String> {
        let refused = format!("dial tcp {address}: connect: connection refused");
        match self {
            Self::Http { scheme, path } => Some(format!("Get \"{scheme}://{address}{path}\": {refused}")),
            Self::Tcp => Some(refused),
            Self::Grpc => None,
        }
    }

    /// There is no answer in time.
    pub fn timed_out(&self, address: &str, timeout: Duration) -> String {
        match self {
            Self::Http { scheme, path } => format!(
                "Get \"{scheme}://{address}{path}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            ),
            Self::Tcp => format!("dial tcp {address}: i/o timeout"),
            Self::Grpc => format!(
                "timeout: failed to connect service \"{address}\" within {}: context deadline exceeded",
                go_seconds(timeout)
            ),
        }
    }

    /// Whoever answers says that he is not well.
    pub fn unwell(&self, address: &str) -> String {
        match self {
            Self::Http { .. } => "HTTP probe failed with statuscode: 500".into(),
            Self::Tcp => format!("dial tcp {address}: connect: connection refused"),
            Self::Grpc => "service unhealthy (responded with \"NOT_SERVING\")".into(),
        }
    }
}
