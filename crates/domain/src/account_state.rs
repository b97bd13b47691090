//! Whether a vendor lets an account send, as its operators last said.

use crate::ids::{AccountId, TenantId};
use crate::time::Timestamp;

/// What was said of one account in one region of its vendor. The newest word of a region counts, by `said_at`; of two at
/// one time, the later in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountState {
    /// The business.
    pub tenant: TenantId,
    /// Its account.
    pub account: AccountId,
    /// The part of the vendor's network that it is about (Google RBM `regionId`: a carrier); empty: all of it.
    pub region: String,
    /// Whether messages may go out there.
    pub in_service: bool,
    /// When it was said.
    pub said_at: Timestamp,
}
