//! The parts of an address that a signature covers.

/// The path of a URL as the receiver sees it, `/` where there is none, and its query.
pub(crate) fn path_and_query(url: &str) -> (String, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = before.split_once('/').map_or("", |(_, path)| path);
    (format!("/{path}"), query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_are_those_of_the_request_line() {
        let rows = [
            ("https://a.example", "/", ""),
            ("https://a.example/", "/", ""),
            ("https://a.example:8443/webhooks/v1/messages", "/webhooks/v1/messages", ""),
            ("http://a.example?x=1&y=/2", "/", "x=1&y=/2"),
            ("http://a.example/b/c?x=1#f", "/b/c", "x=1"),
            ("https://a.example?x=/b", "/", "x=/b"),
            ("https://a.example#/b", "/", ""),
        ];
        for (url, path, query) in rows {
            assert_eq!(path_and_query(url), (path.to_owned(), query), "{url}");
        }
    }
}
