//! Rows: contents to messages of RBM, for devices that can do more or less, and what is too long for it.

use serde_json::{Value, json};
use usher_domain::content::{Choice, ChoiceAction, Private};
use usher_domain::{Content, Dialect};

use crate::outbound::rows::*;
use crate::outbound::{Next, SendOutcome};

fn choice(postback: &str, label: &str, action: Option<ChoiceAction>) -> Choice {
    Choice { postback: postback.into(), label: label.into(), action }
}

fn replies(count: usize) -> Vec<Choice> {
    (1..=count).map(|n| choice(&format!("p{n}"), &format!("Choice {n}"), None)).collect()
}

fn reply(n: usize) -> Value {
    json!({ "reply": { "text": format!("Choice {n}"), "postbackData": format!("p{n}") } })
}

fn menu(choices: Vec<Choice>) -> Content {
    Content::Menu { title: "More?".into(), choices }
}

fn card(media: Option<&str>, link: Option<&str>, choices: Vec<Choice>) -> Content {
    Content::Card {
        title: "Tea".into(),
        description: "Green".into(),
        media: media.map(Private::from),
        media_format: None,
        link: link.map(Private::from),
        choices,
    }
}

/// The message for a device that nobody has asked.
fn sent(content: Content) -> Value {
    json_of(&requested(&to_channel("rcs", Dialect::Rbm, message(content))))["contentMessage"].clone()
}

/// The message for a device with these features only.
fn sent_to(features: &[&str], content: Content) -> Value {
    let delivery = to_channel("rcs asking", Dialect::Rbm, message(content));
    match then(&delivery, 1, 200, &json!({ "features": features }).to_string()) {
        Next::Request(request) => json_of(&request)["contentMessage"].clone(),
        other => panic!("no message: {other:?}"),
    }
}

fn refusal(content: Content) -> String {
    match ended(&to_channel("rcs", Dialect::Rbm, message(content))) {
        SendOutcome::NotReachable { reason } => reason,
        other => panic!("not refused for good: {other:?}"),
    }
}

#[test]
fn a_menu_is_a_text_with_suggested_replies_and_actions() {
    let place = ChoiceAction::ShowPlace { latitude: "37.422".into(), longitude: "-122.084".into() };
    let choices = vec![
        choice("p1", "Choice 1", None),
        choice("shop", "Shop", Some(ChoiceAction::OpenLink("https://acme.example".into()))),
        choice("call", "Call", Some(ChoiceAction::Dial("+15005550006".into()))),
        choice("map", "Map", Some(place)),
        choice("where", "Where are you?", Some(ChoiceAction::SharePlace)),
    ];
    let action = |postback: &str, text: &str, name: &str, what: Value| {
        let mut action = json!({ "text": text, "postbackData": postback });
        action[name] = what;
        json!({ "action": action })
    };
    let expected = json!({
        "text": "More?",
        "suggestions": [
            reply(1),
            action("shop", "Shop", "openUrlAction", json!({ "url": "https://acme.example" })),
            action("call", "Call", "dialAction", json!({ "phoneNumber": "+15005550006" })),
            action("map", "Map", "viewLocationAction", json!({ "latLong": { "latitude": 37.422, "longitude": -122.084 } })),
            action("where", "Where are you?", "shareLocationAction", json!({})),
        ],
    });
    assert_eq!(sent(menu(choices)), expected);
}

#[test]
fn a_card_is_a_standalone_rich_card_with_its_link_first() {
    let content = card(Some("https://acme.example/tea.jpg"), Some("https://acme.example/tea"), replies(1));
    let link = "https://acme.example/tea";
    let expected = json!({ "richCard": { "standaloneCard": { "cardOrientation": "VERTICAL", "cardContent": {
        "title": "Tea",
        "description": "Green",
        "media": { "height": "MEDIUM", "contentInfo": { "fileUrl": "https://acme.example/tea.jpg" } },
        "suggestions": [
            { "action": { "text": "Open", "postbackData": link, "openUrlAction": { "url": link } } },
            reply(1),
        ],
    } } } });
    assert_eq!(sent(content.clone()), expected);
    let words = sent_to(&["RICHCARD_STANDALONE", "ACTION_OPEN_URL"], content);
    let suggestion = &words["richCard"]["standaloneCard"]["cardContent"]["suggestions"][0];
    assert_eq!(suggestion["action"]["text"], "打开", "the account's own words");
}

#[test]
fn what_a_card_has_no_room_for_stands_below_it() {
    let message = sent(card(None, Some("https://acme.example"), replies(6)));
    let inside = &message["richCard"]["standaloneCard"]["cardContent"]["suggestions"];
    assert_eq!((inside.as_array().map(Vec::len), &inside[3]), (Some(4), &reply(3)));
    assert_eq!(message["suggestions"], json!([reply(4), reply(5), reply(6)]));
}

#[test]
fn a_device_without_cards_gets_words_and_what_it_can_not_do_in_words() {
    let content = card(Some("https://acme.example/tea.jpg"), Some("https://acme.example/tea"), replies(1));
    let text = "Tea\nGreen\nhttps://acme.example/tea.jpg";
    let all = sent_to(&["ACTION_OPEN_URL"], content.clone());
    assert_eq!((&all["text"], all["suggestions"].as_array().map(Vec::len)), (&json!(text), Some(2)));
    let none = sent_to(&[], content.clone());
    let with_link = format!("{text}\n打开: https://acme.example/tea");
    assert_eq!(none, json!({ "text": with_link, "suggestions": [reply(1)] }));
    let cards_only = sent_to(&["RICHCARD_STANDALONE"], content);
    let inside = &cards_only["richCard"]["standaloneCard"]["cardContent"];
    assert_eq!(inside["description"], "Green\n打开: https://acme.example/tea");
    assert_eq!(inside["suggestions"], json!([reply(1)]));
}

#[test]
fn a_place_is_words_that_show_the_map() {
    let place = |address: Option<&str>| Content::Location {
        latitude: "37.422".into(),
        longitude: "-122.084".into(),
        address: address.map(Private::from),
    };
    let map = json!({ "action": {
        "text": "Map", "postbackData": "37.422,-122.084",
        "viewLocationAction": { "latLong": { "latitude": 37.422, "longitude": -122.084 } },
    } });
    assert_eq!(sent(place(None)), json!({ "text": "37.422,-122.084", "suggestions": [map] }));
    assert_eq!(sent(place(Some("Amphitheatre"))), json!({ "text": "Amphitheatre", "suggestions": [map] }));
    assert_eq!(sent_to(&[], place(Some("Here"))), json!({ "text": "Here\n地图: 37.422,-122.084" }));
}

#[test]
fn a_card_of_nothing_but_a_link_is_words() {
    let content = Content::Card {
        title: "".into(),
        description: "".into(),
        media: None,
        media_format: None,
        link: Some("https://acme.example".into()),
        choices: Vec::new(),
    };
    let message = sent(content);
    assert_eq!(message["text"], "Open: https://acme.example");
    assert_eq!(message["suggestions"][0]["action"]["openUrlAction"]["url"], "https://acme.example");
}

#[test]
fn just_the_limits_go_and_one_more_is_refused_before_the_send() {
    let with = |postback: usize, label: usize| menu(vec![choice(&"p".repeat(postback), &"界".repeat(label), None)]);
    let card_of = |title: usize, description: usize| Content::Card {
        title: "t".repeat(title).into(),
        description: "界".repeat(description).into(),
        media: Some("https://acme.example/tea.jpg".into()),
        media_format: None,
        link: None,
        choices: Vec::new(),
    };
    for content in [with(2_048, 25), menu(replies(11)), card(None, None, replies(15)), card_of(200, 2_000)] {
        sent(content);
    }
    let rows = [
        (with(2_049, 25), "postback"),
        (with(2_048, 26), "label"),
        (menu(replies(12)), "12 choices"),
        (card(None, None, replies(16)), "12 choices"),
        (card_of(201, 1), "title"),
        (card_of(1, 2_001), "description"),
        (card(Some("object-key"), None, Vec::new()), "https URL"),
    ];
    for (content, expected) in rows {
        let reason = refusal(content);
        assert!(reason.contains(expected), "{reason}");
    }
}
