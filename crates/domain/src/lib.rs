//! The words of usher as types: what a conversation, a session, a demand, a placement, a message with a deadline and
//! a delivery are. No I/O, no clock, no randomness; the codec in `usher-proto` is the only place where these types
//! meet the wire.

pub mod account;
pub mod account_state;
pub mod content;
pub mod conversation;
pub mod delivery;
pub mod desk;
pub mod envelope;
pub mod event;
pub mod ids;
pub mod mailbox;
pub mod message;
pub mod place;
pub mod policy;
pub mod profile;
pub mod pure;
pub mod receipt;
pub mod report;
pub mod state;
pub mod supervision;
pub mod time;
pub mod transcript;

pub use account::{Account, Dialect};
pub use account_state::AccountState;
pub use content::Content;
pub use conversation::ConversationInput;
pub use delivery::Delivery;
pub use desk::DeskInput;
pub use envelope::{Body, Cause, Envelope};
pub use event::Event;
pub use ids::{
    AccountId, AgentId, BotId, CalendarId, ConnectionId, ConversationId, DeliveryId, DeskId, GroupId, InputId,
    MessageId, PhoneNumber, ProviderId, SessionId, TenantId, VisitorId,
};
pub use mailbox::{Held, MailboxAct, MailboxInput, MailboxOwner};
pub use message::{Class, Message, Party, Terms};
pub use place::{AgentCard, Demand, Place, Placement, PlacementId, Target, Want, Wish};
pub use pure::{Core, Effects};
pub use receipt::Receipt;
pub use report::{ReportAct, ReportInput};
pub use time::Timestamp;
pub use transcript::Transcript;
