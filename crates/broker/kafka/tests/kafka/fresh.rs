//! Topics that were made a moment ago: the metadata names their leaders before the leaders know it.

use std::time::Duration;

use usher_broker::{Broker, Cleanup, ReadFrom, TopicSpec};

use crate::ground::{fresh_prefix, kafka};

#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn a_topic_can_be_read_as_soon_as_it_is_made() {
    let broker = kafka();
    for round in 0..5 {
        let name = format!("{}.{round}", fresh_prefix("fresh"));
        let cleanup = Cleanup::Delete(Duration::from_secs(3600));
        let topic =
            TopicSpec { name: name.clone(), partitions: 48, cleanup, append_time: true, record_bytes_max: None };
        broker.create_topics(&[topic]).expect("a topic is made");
        let opened = broker.reader(&name, ReadFrom::End).map(drop);
        broker.delete_topics(&[name]).expect("the topic is deleted");
        assert_eq!(opened, Ok(()));
    }
}
