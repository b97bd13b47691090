//! A caller that writes HTTP/1.1 by hand, so that tests can also send what no client library would.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request in the making.
#[derive(Clone)]
pub(super) struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    length: Option<usize>,
    chunked: bool,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
    head: String,
}

impl Call {
    pub(super) fn post(path: &str, body: impl Into<String>) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: "POST", path: path.to_owned(), headers, body: body.into(), length: None, chunked: false }
    }

    pub(super) fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    /// Says another length than the body has.
    pub(super) fn announcing(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// Says no length.
    pub(super) fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    pub(super) fn bytes(&self) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: usher\r\nconnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.chunked {
            text.push_str(&format!(
                "transfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                self.body.len(),
                self.body
            ));
        } else {
            let length = self.length.unwrap_or(self.body.len());
            text.push_str(&format!("content-length: {length}\r\n\r\n{}", self.body));
        }
        text
    }

    pub(super) async fn send(self, address: SocketAddr) -> Reply {
        let mut stream = TcpStream::connect(address).await.expect("ingest listens");
        stream.write_all(self.bytes().as_bytes()).await.expect("a request is taken");
        let mut bytes = Vec::new();
        // A server that refuses a body unread may reset the connection behind its answer.
        let _ = stream.read_to_end(&mut bytes).await;
        Reply::read(&String::from_utf8(bytes).expect("UTF-8"))
    }
}

impl Reply {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Self { status, body: body.to_owned(), head: head.to_owned() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}
