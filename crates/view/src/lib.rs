//! What the topic `events` says about now: who waits, who is there, why a session is where it is. A view folds facts and
//! decides nothing; what a desk may do next is the desk core's business alone. Whoever reads the topic from its start has
//! the same view, so any process can show it, also after a restart.
//!
//! * [`View`] is the fold itself: pure, one record at a time;
//! * [`Shared`] is a view that a thread keeps up to date while others look at it;
//! * memory is bounded by running sessions and agents; a few sessions that are over are kept for explanations.

mod answered;
mod counts;
mod desk;
mod line;
mod shared;
mod stories;
mod story;
mod view;

pub use answered::{MINUTES_MAX, Within};
pub use counts::{Counts, LineCounts};
pub use desk::DeskView;
pub use line::Line;
pub use shared::{Shared, follow};
pub use story::Story;
pub use view::{Keep, View};
