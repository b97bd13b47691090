//! What a core says, in plain words: its `Debug` text read again, ids by the names of the scenario, instants as seconds
//! from its start; what is not there (`None`, `false`, an empty list) is left out. So whatever the cores learn to say is
//! told without a line here.

use std::fmt::Debug;

/// How the scenario calls what has an id, and when it began.
pub(crate) trait Names {
    /// A session by its printed id.
    fn session(&self, id: &str) -> String;
    /// A conversation by its printed id.
    fn conversation(&self, id: &str) -> String;
    /// Milliseconds of the log as the scenario counts.
    fn instant(&self, ms: i64) -> String;
}

/// A value as its `Debug` text tells it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Node {
    /// `true`, `12`, `20s`, `LongestIdle`.
    Word(String),
    /// `"text"`.
    Text(String),
    /// `Some(12)`.
    Call(String, Vec<Node>),
    /// `Rank { vip: true }`.
    Fields(String, Vec<(String, Node)>),
    /// `[1, 2]`.
    List(Vec<Node>),
    /// `{"a": 1}`.
    Map(Vec<(Node, Node)>),
}

/// These say nothing to a reader of scenarios, or say it again.
const LEFT_OUT: &[&str] = &["briefing", "visitor", "input", "revision", "warrant"];

/// As these are where nothing is said.
const USUAL: &[(&str, &str)] = &[("step", "0"), ("priority", "0"), ("weight", "1")];

impl Node {
    /// The value's own words.
    pub(crate) fn of(value: &impl Debug) -> Self {
        let text = format!("{value:?}");
        let mut reader = Reader { rest: &text };
        let node = reader.value();
        assert!(reader.rest.is_empty(), "not read to its end: {:?} of {text}", reader.rest);
        node
    }

    /// The same without the fields that are as in `usual`.
    pub(crate) fn without(self, usual: &Self) -> Self {
        match (self, usual) {
            (Self::Fields(name, fields), Self::Fields(_, usual)) => {
                Self::Fields(name, fields.into_iter().filter(|field| !usual.contains(field)).collect())
            }
            (other, _) => other,
        }
    }

    /// As a sentence: what it is, then what belongs to it.
    pub(crate) fn sentence(&self, names: &impl Names) -> String {
        match self {
            Self::Fields(name, fields) if self.by_name(names).is_none() => {
                let told = told(fields, names);
                if told.is_empty() { plain(name) } else { format!("{}: {told}", plain(name)) }
            }
            Self::Call(_, inner) if inner.len() == 1 && matches!(inner[0], Self::Fields(..)) => {
                inner[0].sentence(names)
            }
            other => other.told(names).unwrap_or_default(),
        }
    }

    /// In a few words; nothing where nothing is there.
    fn told(&self, names: &impl Names) -> Option<String> {
        if let Some(named) = self.by_name(names) {
            return (!named.is_empty()).then_some(named);
        }
        match self {
            Self::Word(word) => told_word(word, names),
            Self::Text(text) => (!text.is_empty()).then(|| format!("“{text}”")),
            Self::Call(name, inner) if ["Some", "Ok"].contains(&name.as_str()) => inner.first()?.told(names),
            Self::Call(name, inner) => {
                let inner: Vec<_> = inner.iter().filter_map(|node| node.told(names)).collect();
                Some(if inner.is_empty() { plain(name) } else { format!("{} {}", plain(name), inner.join(", ")) })
            }
            Self::Fields(name, fields) => {
                let told = told(fields, names);
                Some(if told.is_empty() { plain(name) } else { format!("{} ({told})", plain(name)) })
            }
            Self::List(nodes) => {
                let nodes: Vec<_> = nodes.iter().filter_map(|node| node.told(names)).collect();
                (!nodes.is_empty()).then(|| nodes.join(" and "))
            }
            Self::Map(entries) => {
                let entries = entries.iter().filter_map(|(key, value)| {
                    Some(format!("{} {}", key.told(names)?, value.told(names).unwrap_or_default()))
                });
                let entries: Vec<_> = entries.collect();
                (!entries.is_empty()).then(|| entries.join(" and "))
            }
        }
    }

    /// What has a name of its own in a scenario; empty where it says nothing to a reader.
    fn by_name(&self, names: &impl Names) -> Option<String> {
        match self {
            Self::Call(name, inner) => match (name.as_str(), inner.as_slice()) {
                ("InputId" | "MessageId" | "DeliveryId" | "VisitorId" | "PhoneNumber", _) => Some(String::new()),
                ("SessionId", [Self::Word(id)]) => Some(names.session(id)),
                ("ConversationId", [Self::Word(id)]) => Some(names.conversation(id)),
                (name, [Self::Text(id)]) if name.ends_with("Id") => Some(id.clone()),
                _ => None,
            },
            Self::Fields(name, fields) => match (name.as_str(), fields.as_slice()) {
                ("PlacementId", [(_, Self::Word(epoch)), (_, Self::Word(turn))]) => Some(format!("{epoch}.{turn}")),
                ("AgentCard", [(_, id), ..]) => id.told(names),
                ("Target", fields) => Some(target(fields, names)),
                ("Selector", fields) => Some(selector(fields, names)),
                _ => None,
            },
            _ => None,
        }
    }
}

fn told(fields: &[(String, Node)], names: &impl Names) -> String {
    let is_usual = |name: &str, value: &Node| matches!(value, Node::Word(word) if USUAL.contains(&(name, word)));
    let is_told = |name: &str, value: &Node| !LEFT_OUT.contains(&name) && !is_usual(name, value);
    let fields = fields.iter().filter(|(name, value)| is_told(name, value)).filter_map(|(name, value)| {
        let (field, said) = (name.replace('_', " "), value.told(names));
        let value = match value {
            Node::Call(some, inner) if some == "Some" && inner.len() == 1 => &inner[0],
            value => value,
        };
        match value {
            Node::Word(word) if word == "true" => Some(field),
            // `care: Care {}` says nothing, `care: Care { … }` says its name once.
            Node::Fields(of, _) if plain(of) == field && value.by_name(names).is_none() => {
                let inner = said?.strip_prefix(&field)?.trim().to_owned();
                (!inner.is_empty()).then(|| format!("{field} {inner}"))
            }
            _ => said.map(|said| format!("{field} {said}")),
        }
    });
    fields.collect::<Vec<_>>().join(", ")
}

fn told_word(word: &str, names: &impl Names) -> Option<String> {
    let ms = word.strip_suffix("ms").and_then(|ms| ms.parse().ok());
    match (word, ms) {
        ("None" | "false" | "…", _) => None,
        (_, Some(ms)) if ms >= super::stage::START_MS => Some(names.instant(ms)),
        _ if word.starts_with('<') => None,
        _ => Some(plain(word)),
    }
}

/// `LongestIdleOfGroup` is “longest idle of group”.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !plain.is_empty() {
            plain.push(' ');
        }
        plain.extend(letter.to_lowercase());
    }
    plain
}

fn target(fields: &[(String, Node)], names: &impl Names) -> String {
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).and_then(|(_, node)| node.told(names));
    let whom = match (field("agent"), field("group")) {
        (Some(agent), Some(group)) => format!("@{agent} else {group}"),
        (Some(agent), None) => format!("@{agent}"),
        (None, Some(group)) => group,
        (None, None) => "anybody".to_owned(),
    };
    field("selectors").map_or(whom.clone(), |selectors| format!("{whom} where {selectors}"))
}

fn selector(fields: &[(String, Node)], names: &impl Names) -> String {
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, node)| node);
    let text = |wanted| field(wanted).and_then(|node| node.told(names)).unwrap_or_default().replace(['“', '”'], "");
    let compare = match text("compare").as_str() {
        "equal" => "=",
        "not equal" => "!=",
        "at least" => ">=",
        _ => "<=",
    };
    let value = text("value").split_once(' ').map(|(_, value)| value.to_owned()).unwrap_or_default();
    let within = field("within").and_then(|node| node.told(names)).map(|within| format!(" for {within}"));
    format!("{} {compare} {value}{}", text("label"), within.unwrap_or_default())
}

/// Reads a `Debug` text from its front.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self) -> Node {
        self.space();
        match self.rest.chars().next().unwrap_or(' ') {
            '"' => Node::Text(self.text()),
            '[' => Node::List(self.all('[', ']')),
            '(' => Node::List(self.all('(', ')')),
            '{' => Node::Map(self.map()),
            '<' => Node::Word(self.through('>')),
            _ => self.named(),
        }
    }

    fn named(&mut self) -> Node {
        let end = self.rest.find([',', '(', ')', '[', ']', '{', '}', ' ', ':', '\n']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let name = name.to_owned();
        self.rest = rest;
        if self.rest.starts_with('(') {
            return Node::Call(name, self.all('(', ')'));
        }
        if self.rest.starts_with(" {") {
            self.space();
            let fields = self.map().into_iter();
            let key = |node| if let Node::Word(word) = node { word } else { String::new() };
            return Node::Fields(name, fields.map(|(field, value)| (key(field), value)).collect());
        }
        Node::Word(name)
    }

    fn all(&mut self, open: char, close: char) -> Vec<Node> {
        self.expect(open);
        let mut nodes = Vec::new();
        while !self.ends(close) {
            nodes.push(self.value());
        }
        nodes
    }

    fn map(&mut self) -> Vec<(Node, Node)> {
        self.expect('{');
        let mut entries = Vec::new();
        while !self.ends('}') {
            if self.rest.starts_with("..") {
                self.rest = &self.rest[2..];
                continue;
            }
            let key = self.value();
            self.space();
            // A set has no values.
            let value = if self.rest.starts_with(':') {
                self.expect(':');
                self.value()
            } else {
                Node::Word("true".to_owned())
            };
            entries.push((key, value));
        }
        entries
    }

    fn text(&mut self) -> String {
        self.expect('"');
        let mut text = String::new();
        let mut letters = self.rest.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    break;
                }
                '\\' => text.extend(letters.next().map(|(_, escaped)| escaped)),
                _ => text.push(letter),
            }
        }
        text
    }

    fn through(&mut self, close: char) -> String {
        let end = self.rest.find(close).map_or(self.rest.len(), |at| at + close.len_utf8());
        let (word, rest) = self.rest.split_at(end);
        let word = word.to_owned();
        self.rest = rest;
        word
    }

    /// Whether the list ends here; takes the comma between two of it.
    fn ends(&mut self, close: char) -> bool {
        self.space();
        self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
        self.space();
        let ends = self.rest.starts_with(close);
        if ends {
            self.expect(close);
        }
        ends || self.rest.is_empty()
    }

    fn expect(&mut self, sign: char) {
        self.rest = self.rest.strip_prefix(sign).unwrap_or_else(|| panic!("{sign} is missing before {}", self.rest));
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}
