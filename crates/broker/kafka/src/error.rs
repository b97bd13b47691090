//! What an error of rdkafka means in the words of the contract.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use usher_broker::BrokerError;

/// Says what could not be done and whether trying again can help.
pub(crate) fn could_not(what: &str, error: &KafkaError) -> BrokerError {
    let sentence = format!("could not {what}: {error}");
    if needs_a_person(error) { BrokerError::Misconfigured(sentence) } else { BrokerError::Unavailable(sentence) }
}

/// Errors that stay until somebody changes a setting, a right or a topic.
fn needs_a_person(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(error, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_) | KafkaError::Nul(_))
        || matches!(
            error.rdkafka_error_code(),
            Some(
                Code::TopicAuthorizationFailed
                    | Code::GroupAuthorizationFailed
                    | Code::ClusterAuthorizationFailed
                    | Code::TransactionalIdAuthorizationFailed
                    | Code::SaslAuthenticationFailed
                    | Code::Authentication
                    | Code::InvalidTransactionTimeout
                    | Code::InvalidTopic
                    | Code::InvalidPartitions
                    | Code::InvalidReplicationFactor
                    | Code::InvalidConfig
                    | Code::PolicyViolation
                    | Code::InvalidSessionTimeout
                    | Code::InconsistentGroupProtocol
                    | Code::AutoOffsetReset
                    | Code::OffsetOutOfRange
                    | Code::MessageSizeTooLarge
            )
        )
}

/// Somebody else initialised this `transactional.id` or joined under this `group.instance.id`; or the coordinator ended
/// a transaction that stayed open too long.
pub(crate) fn is_fencing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch | Code::FencedInstanceId)
}
