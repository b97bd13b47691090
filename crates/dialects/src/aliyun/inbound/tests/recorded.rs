//! Calls as Alibaba Cloud's own clients sent them, recorded byte for byte, with the keys `acme-ak` and `acme-ak-secret`.

use serde_json::json;
use usher_domain::{Content, Timestamp, VisitorId};

use super::*;

/// When they were recorded: 2026-11-21T16:28:04Z.
const THEN: Timestamp = Timestamp::from_millis(1_795_278_484_000);

fn recorded(method: &'static str, query: &str, headers: &[(&'static str, &str)], body: &str) -> Sample {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let (path, query, body) = ("/".to_owned(), query.to_owned(), body.as_bytes().to_vec());
    Sample { method, path, query, headers, body, now: THEN }
}

/// The Python SDK (alibabacloud-ice20201109 6.20.2).
fn sdk() -> Sample {
    recorded(
        "POST",
        "AIAgentId=agent-1&NeedArchiving=True&ReceiverId=user01&SessionId=session+1&Text=%E6%82%A8%E5%A5%BD+a%2Bb%2Ac~%26%3D%E5%94%AE%0A%2F%C3%A9&Type=announcement",
        &[
            ("host", "127.0.0.1:8099"),
            ("x-acs-version", "2020-11-09"),
            ("x-acs-action", "SendMessageChatText"),
            ("user-agent", "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2"),
            ("x-acs-date", "2026-11-21T16:28:04Z"),
            ("x-acs-signature-nonce", "a5f6955f46219de6226fb87e54258c6e"),
            ("accept", "application/json"),
            ("x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("x-acs-credentials-provider", "static_ak"),
            (
                "authorization",
                "ACS3-HMAC-SHA256 Credential=acme-ak,SignedHeaders=accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=2f1ba886b9482bb0e1e9295e97a6b59285549db7e7f1460f4d92cfcab586d4ea",
            ),
        ],
        "",
    )
}

/// The Node client (openapi-client 0.4.15).
fn node() -> Sample {
    recorded(
        "POST",
        "AIAgentId=agent-1&SessionId=session%201&Text=%E6%82%A8%E5%A5%BD%20a%2Bb*c~%26%3D%E5%94%AE%0A%2F%C3%A9&ReceiverId=user01&Type=custom&Mode=online&NeedArchiving=false",
        &[
            ("host", "127.0.0.1:8099"),
            ("x-acs-version", "2020-11-09"),
            ("x-acs-action", "SendMessageChatText"),
            ("user-agent", "AlibabaCloud (linux; x64) Node.js/v20.20.2 Core/1.0.1 TeaDSL/1"),
            ("x-acs-date", "2026-11-21T16:28:04Z"),
            ("x-acs-signature-nonce", "e1120bd1a4d9741b8263cb7bec3c1f23"),
            ("accept", "application/json"),
            ("x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("x-acs-credentials-provider", "static_ak"),
            (
                "authorization",
                "ACS3-HMAC-SHA256 Credential=acme-ak,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=7f091090bf4fdaecfe181ec821d62b68b0e0ca51f9bbbbaafd927630488debe6",
            ),
        ],
        "",
    )
}

/// An older Node client (pop-core 1.8.0), POST.
fn pop() -> Sample {
    recorded(
        "POST",
        "",
        &[
            ("x-sdk-client", "Node.js(v20.20.2), @alicloud/pop-core: 1.8.0"),
            ("user-agent", "AlibabaCloud (linux; x64) Node.js/v20.20.2 Core/1.8.0"),
            ("x-acs-action", "SendMessageChatText"),
            ("x-acs-version", "2020-11-09"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("host", "127.0.0.1:8099"),
        ],
        "AIAgentId=agent-1&AccessKeyId=acme-ak&Action=SendMessageChatText&Format=JSON&Mode=online&NeedArchiving=false&ReceiverId=user01&SessionId=session%201&SignatureMethod=HMAC-SHA1&SignatureNonce=7ba61635eb12c3a1eb6300a26ac58d95&SignatureVersion=1.0&Text=%E6%82%A8%E5%A5%BD%20a%2Bb%2Ac~%26%3D%E5%94%AE%0A%2F%C3%A9&Timestamp=2026-11-21T16%3A28%3A04Z&Type=custom&Version=2020-11-09&Signature=HCx7YobWmAMYcCtKejr1tOkyPqM%3D",
    )
}

/// An older Node client (pop-core 1.8.0), GET.
fn popget() -> Sample {
    recorded(
        "GET",
        "AIAgentId=agent-1&AccessKeyId=acme-ak&Action=SendMessageChatText&Format=JSON&Mode=online&NeedArchiving=false&ReceiverId=user01&SessionId=session%201&SignatureMethod=HMAC-SHA1&SignatureNonce=9107f2977ba13ad126c19128d4468d03&SignatureVersion=1.0&Text=%E6%82%A8%E5%A5%BD%20a%2Bb%2Ac~%26%3D%E5%94%AE%0A%2F%C3%A9&Timestamp=2026-11-21T16%3A28%3A04Z&Type=custom&Version=2020-11-09&Signature=s4zgb8IEdIuH2FN9UPCuxR89sMI%3D",
        &[
            ("x-sdk-client", "Node.js(v20.20.2), @alicloud/pop-core: 1.8.0"),
            ("user-agent", "AlibabaCloud (linux; x64) Node.js/v20.20.2 Core/1.8.0"),
            ("x-acs-action", "SendMessageChatText"),
            ("x-acs-version", "2020-11-09"),
            ("host", "127.0.0.1:8099"),
        ],
        "",
    )
}

#[test]
fn each_client_of_the_vendor_is_understood() {
    let rows = [
        ("sdk", sdk(), "announcement", "offline", true),
        ("node", node(), "custom", "online", false),
        ("pop", pop(), "custom", "online", false),
        ("popget", popget(), "custom", "online", false),
    ];
    for (client, sample, kind, mode, archive) in rows {
        let (_, push) = pushed(&sample);
        assert_eq!(push.content, Content::text("您好 a+b*c~&=售\n/é"), "{client}");
        assert_eq!((&push.visitor, push.archive), (&VisitorId::new("user01"), archive), "{client}");
        let beside: Value = serde_json::from_str(push.ext.expect("kept").as_str()).expect("JSON");
        let expected = json!({ "type": kind, "sessionId": "session 1", "aiAgentId": "agent-1", "mode": mode });
        assert_eq!(beside["aliyun"], expected, "{client}");
    }
}

#[test]
fn recorded_calls_are_refused_with_one_byte_changed() {
    for (client, sample) in [("sdk", sdk()), ("node", node()), ("pop", pop()), ("popget", popget())] {
        let mut changed = sample.clone();
        changed.query = sample.query.replacen("user01", "user02", 1);
        changed.body = String::from_utf8(sample.body).expect("text").replacen("user01", "user02", 1).into_bytes();
        let (status, code, _) = refused(&changed);
        assert_eq!((status, code.as_str()), (401, "SignatureDoesNotMatch"), "{client}");
    }
}
