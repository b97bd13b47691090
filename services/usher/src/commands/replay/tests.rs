//! A story on a broker in memory, replayed as it is and with a record changed underneath.

mod tampered;

use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::event::Fact;
use usher_domain::{Body, Content, Envelope};
use usher_proto::topics::Topic;

use super::story::{self, PREFIX, Story};
use super::{Bound, Report, Span, replay};
use tampered::Tampered;

/// The whole of it.
const WHOLE: Span = Span { from: None, to: None, from_empty: false };

fn replayed(story: &Story, span: &Span) -> Report {
    replay(&story.broker, PREFIX, span).expect("the topics are read")
}

/// The replay of a story in which one record was changed afterwards; fails where `change` found none.
fn with_changed(story: &Story, topic: Topic, change: fn(&mut Envelope) -> bool) -> Report {
    let tampered = Tampered::new(story.broker.clone(), topic.name(PREFIX), change);
    let report = replay(&tampered, PREFIX, &WHOLE).expect("the topics are read");
    assert!(tampered.has_changed(), "no record was changed");
    report
}

#[test]
fn a_story_replays_byte_equal() {
    let story = Story::played();
    let report = replayed(&story, &WHOLE);
    assert!(report.is_equal(), "{report}");
    let outputs: usize = report.compared.values().map(|compared| compared.outputs).sum();
    assert_eq!(report.equal, outputs, "every output was compared");
    assert_eq!((report.taken, report.undecided), (0, 0));
    assert!(report.inputs() > 20 && outputs > 30, "the story is one: {report}");
    assert!(report.to_string().ends_with("byte-equal\n"), "{report}");
}

#[test]
fn a_story_over_a_restart_and_with_garbage_replays_byte_equal() {
    let mut story = Story::begun();
    story.restart();
    story.garbage();
    story.end();
    let report = replayed(&story, &WHOLE);
    assert!(report.is_equal(), "{report}");
    assert_eq!(story.dead_letters(), 1, "the garbage went where it belongs");
}

#[test]
fn a_changed_output_is_found_and_named_without_what_is_personal() {
    let story = Story::played();
    let report = with_changed(&story, Topic::Events, |envelope| match &mut envelope.body {
        Body::Event(event) => match &mut event.fact {
            Fact::SessionQueued { position, .. } => {
                *position += 7;
                true
            }
            _ => false,
        },
        _ => false,
    });
    assert_eq!((report.different, report.missing, report.unexpected, report.twice), (1, 0, 0, 0), "{report}");
    let said = report.to_string();
    assert!(said.contains("event.session_queued"), "{said}");
    assert!(said.contains("event.session_queued.position: recorded 8, replayed 1"), "{said}");

    let report = with_changed(&story, Topic::Transcripts, |envelope| match &mut envelope.body {
        Body::Transcript(transcript) => {
            transcript.message.content = Content::text("somebody else's secret");
            true
        }
        _ => false,
    });
    let said = report.to_string();
    assert_eq!(report.different, 1, "{said}");
    assert!(
        said.contains("transcript.message.content") && !said.contains("secret") && !said.contains("hello"),
        "{said}"
    );
}

#[test]
fn an_output_that_is_gone_is_missing_and_one_too_many_is_named() {
    let story = Story::played();
    let report = with_changed(&story, Topic::Deliveries, |envelope| envelope.cause.take().is_some());
    assert_eq!((report.different, report.missing, report.unexpected), (0, 1, 0), "{report}");
    assert!(report.to_string().contains("not recorded"), "{report}");

    let report = with_changed(&story, Topic::Deliveries, |envelope| {
        envelope.cause.as_mut().is_some_and(|cause| {
            cause.index += 100;
            true
        })
    });
    assert_eq!((report.missing, report.unexpected), (1, 1), "{report}");
    assert!(report.to_string().contains("not made again"), "{report}");
}

#[test]
fn a_changed_input_is_found() {
    let story = Story::played();
    let report = with_changed(&story, Topic::Conversations, |envelope| match &mut envelope.body {
        Body::Conversation(input) => match &mut input.act {
            ConversationAct::Visitor(said) if matches!(said.act, VisitorAct::Ask { .. }) => {
                said.act = VisitorAct::Ask { target: story::group("elsewhere") };
                true
            }
            _ => false,
        },
        _ => false,
    });
    assert!(!report.is_equal() && report.different > 0, "{report}");
    let first = report.first.values().next().expect("a difference is named");
    assert!(first.fields.iter().any(|field| field.contains("target")), "{report}");
}

#[test]
fn what_lies_before_the_span_is_stepped_and_not_compared() {
    let story = Story::played();
    let whole = replayed(&story, &WHOLE);
    let at = Bound::Instant(story.middle);
    let first = replayed(&story, &Span { to: Some(at), ..WHOLE });
    let second = replayed(&story, &Span { from: Some(at), ..WHOLE });
    assert!(first.is_equal() && second.is_equal(), "{first}{second}");
    assert!(first.inputs() > 0 && second.inputs() > 0, "{first}{second}");
    assert_eq!(first.inputs() + second.inputs(), whole.inputs());
    assert_eq!(first.equal + second.equal, whole.equal);
}

#[test]
fn cores_that_begin_empty_where_they_were_not_do_not_replay() {
    let story = Story::played();
    let span = Span { from: Some(Bound::Instant(story.middle)), to: None, from_empty: true };
    assert!(!replayed(&story, &span).is_equal());
    let span = Span { from: Some(Bound::Offset(0)), to: None, from_empty: true };
    let report = replayed(&story, &span);
    assert!(report.is_equal() && report.inputs() > 20, "at the beginning they were: {report}");
}

#[test]
fn inputs_that_no_worker_has_decided_are_told_and_not_missed() {
    let mut story = Story::played();
    story.ask_of_nobody();
    let report = replayed(&story, &WHOLE);
    assert!(report.is_equal(), "{report}");
    assert_eq!(report.undecided, 1);
}

#[test]
fn a_beginning_that_retention_has_taken_is_refused_and_the_way_out_is_named() {
    let refused = WHOLE.check("usher.desks.v1", &[0, 0, 31]).expect_err("the beginning is gone").to_string();
    assert!(refused.contains("partition 2 of usher.desks.v1 begins at offset 31"), "{refused}");
    assert!(refused.contains("--from-empty"), "{refused}");
    assert!(Span { from_empty: true, ..WHOLE }.check("usher.desks.v1", &[0, 0, 31]).is_ok());
}

#[test]
fn what_retention_has_taken_is_neither_stepped_nor_missed() {
    let story = Story::played();
    let cut =
        |topic: Topic, begins| replay(&Tampered::cut(story.broker.clone(), topic.name(PREFIX), begins), PREFIX, &WHOLE);
    let report = cut(Topic::Transcripts, 2).expect("all inputs are there");
    assert!(report.is_equal() && report.taken > 0, "{report}");
    assert!(report.to_string().contains("older than what retention has left"), "{report}");
    let refused = cut(Topic::Desks, 2).expect_err("inputs are gone").to_string();
    assert!(refused.contains("t.desks.v1 begins at offset 2"), "{refused}");
}

#[test]
fn bounds_are_offsets_or_instants() {
    assert_eq!("17".parse(), Ok(Bound::Offset(17)));
    let instant = usher_domain::Timestamp::from_millis(951_782_400_000);
    assert_eq!("2000-02-29T00:00:00Z".parse(), Ok(Bound::Instant(instant)));
    for wrong in ["-1", "yesterday", "", "2000-02-29"] {
        assert!(wrong.parse::<Bound>().is_err(), "{wrong}");
    }
}
