//! The one call that rdkafka does not offer as it is needed. Nothing else in this crate is unsafe.
#![allow(
    unsafe_code,
    reason = "rdkafka's own flush waits in steps of 100 ms, which would be the floor of every commit"
)]

use std::time::Duration;

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
