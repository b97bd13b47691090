//! The `.proto` files are the documentation for other teams: whatever they declare says what it means, in a comment
//! above it. Read from the text, since the descriptors in this program carry no comments.

/// The files whose messages leave usher; those of state topics are for usher itself.
const PUBLIC: [(&str, &str); 16] = [
    ("account", include_str!("../usher/v1/account.proto")),
    ("account_state", include_str!("../usher/v1/account_state.proto")),
    ("content", include_str!("../usher/v1/content.proto")),
    ("conversation", include_str!("../usher/v1/conversation.proto")),
    ("delivery", include_str!("../usher/v1/delivery.proto")),
    ("desk", include_str!("../usher/v1/desk.proto")),
    ("envelope", include_str!("../usher/v1/envelope.proto")),
    ("event", include_str!("../usher/v1/event.proto")),
    ("message", include_str!("../usher/v1/message.proto")),
    ("personal", include_str!("../usher/v1/personal.proto")),
    ("place", include_str!("../usher/v1/place.proto")),
    ("policy", include_str!("../usher/v1/policy.proto")),
    ("receipt", include_str!("../usher/v1/receipt.proto")),
    ("report", include_str!("../usher/v1/report.proto")),
    ("supervision", include_str!("../usher/v1/supervision.proto")),
    ("transcript", include_str!("../usher/v1/transcript.proto")),
];

/// Whether the line begins a message, an enum, a field or an enum value. The `oneof` itself is named by its fields.
fn declares(line: &str) -> bool {
    let starts = |words: [&str; 3]| words.iter().any(|word| line.starts_with(word));
    let is_field = line.split("//").next().is_some_and(|code| code.contains(" = ") && code.trim_end().ends_with(';'));
    line.starts_with("message ")
        || line.starts_with("enum ")
        || (is_field && !starts(["syntax", "option ", "reserved "]))
}

/// The lines that declare something without a comment above them.
fn silent(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let pairs = lines.windows(2).filter(|pair| declares(pair[1]) && !pair[0].starts_with("//"));
    pairs.map(|pair| pair[1]).collect()
}

#[test]
fn everything_that_others_read_says_what_it_means() {
    let missing = |(file, text): &(&str, &'static str)| {
        silent(text).into_iter().map(|line| format!("{file}.proto: {line}")).collect::<Vec<_>>()
    };
    let missing: Vec<String> = PUBLIC.iter().flat_map(missing).collect();
    assert!(missing.is_empty(), "add a comment above: {missing:#?}");
}

#[test]
fn a_declaration_without_a_comment_is_found() {
    let text = "// A.\nmessage A {\n  oneof b {\n    // C.\n    string c = 1;\n    string d = 2 [(personal) = true];\n  }\n}\n\
                enum E {\n  // F.\n  F = 0;\n  G = 1;\n}";
    assert_eq!(silent(text), ["string d = 2 [(personal) = true];", "enum E {", "G = 1;"]);
}
