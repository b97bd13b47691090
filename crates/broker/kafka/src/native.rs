//! The calls that rdkafka does not offer as they are needed. Nothing else in this crate is unsafe.
#![allow(
    unsafe_code,
    reason = "rdkafka's own flush waits in steps of 100 ms, which would be the floor of every commit; and its consumers \
              do not say whether events wait"
)]

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka_sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;

/// Waits until every record of this producer is acknowledged or given up, at most `wait`; whether that was reached.
/// Returns at the acknowledgement itself only where `delivery.report.only.error` is set.
pub(crate) fn flush<C: ProducerContext>(producer: &BaseProducer<C>, wait: Duration) -> bool {
    let wait_ms = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the pointer belongs to `producer`, which outlives the call; rd_kafka_flush may be called from any thread.
    let answer = unsafe { rdkafka_sys::rd_kafka_flush(producer.client().native_ptr(), wait_ms) };
    answer == RD_KAFKA_RESP_ERR_NO_ERROR
}

/// How many events wait for a poll of this consumer.
pub(crate) fn waiting<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> i32 {
    // SAFETY: the pointer belongs to `consumer`, which outlives the call; rd_kafka_outq_len may be called from any thread.
    unsafe { rdkafka_sys::rd_kafka_outq_len(consumer.client().native_ptr()) }
}

/// Puts a producer into the state of a fatal error, as nothing but a broker's odd answer would.
#[cfg(test)]
pub(crate) fn break_for_good<C: ProducerContext, P: Producer<C>>(producer: &P) {
    use rdkafka_sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER as OUT_OF_ORDER;
    // SAFETY: the pointer belongs to `producer`, and the text ends with a zero and is copied.
    unsafe { rdkafka_sys::rd_kafka_test_fatal_error(producer.client().native_ptr(), OUT_OF_ORDER, c"test".as_ptr()) };
}
