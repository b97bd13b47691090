//! A whole request as it might come: lines of method, path, query and headers, an empty line, a body.

use crate::edge::Call;

pub fn fuzz(data: &[u8]) {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (Ok(head), body) = (std::str::from_utf8(&data[..end]), data.get(end + 2..).unwrap_or_default()) else { return };
    let mut lines = head.lines();
    let method = lines.next().unwrap_or("GET");
    let path = lines.next().unwrap_or("/");
    let query = lines.next().unwrap_or_default();
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    Call { method, path, query, headers: &headers, body }.heard();
}
