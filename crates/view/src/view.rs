//! The fold over the whole topic: every desk, and the stories of sessions.

use std::collections::BTreeMap;

use usher_broker::Record;
use usher_domain::event::Subject;
use usher_domain::{Body, DeskId, SessionId, TenantId, Timestamp};

use crate::counts::Counts;
use crate::desk::DeskView;
use crate::stories::Stories;
use crate::story::Story;

/// Of which sessions the facts are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Of all that run, and the last ones that are over.
    Running,
    /// Of this one.
    Only(SessionId),
    /// Of none.
    Nothing,
}

/// The stories that are kept take so many bytes at most.
const STORIES_BYTES_MAX: usize = 128 * 1024 * 1024;

/// All that `events` says about now.
#[derive(Clone, Debug)]
pub struct View {
    keep: Keep,
    desks: BTreeMap<(TenantId, DeskId), DeskView>,
    stories: Stories,
    seen: Option<Timestamp>,
}

impl View {
    /// A view of an empty topic.
    pub fn new(keep: Keep) -> Self {
        Self::within(keep, STORIES_BYTES_MAX)
    }

    /// The same, with so many bytes for stories. Desks are counted whole, however many sessions they have.
    pub fn within(keep: Keep, stories_bytes_max: usize) -> Self {
        Self { keep, desks: BTreeMap::new(), stories: Stories::within(stories_bytes_max), seen: None }
    }

    /// When the latest fact was decided that has been read.
    pub fn seen(&self) -> Option<Timestamp> {
        self.seen
    }

    /// Forgets what no question is about any more.
    pub(crate) fn forget_before(&mut self, now: Timestamp) {
        self.desks.values_mut().for_each(|desk| desk.forget_before(now));
    }

    /// Takes the next record of the topic. What a newer usher has written and this one can not read is passed over.
    pub fn take(&mut self, record: &Record) {
        let payload = record.payload.as_deref().unwrap_or_default();
        let Ok(envelope) = usher_proto::decode(payload) else { return };
        let Body::Event(event) = envelope.body else { return };
        // The log's own time; what nobody decided has only the record's.
        let at = envelope.cause.map_or(Timestamp::from_millis(record.timestamp_ms), |cause| cause.decided_at);
        self.seen = self.seen.max(Some(at));
        if let Subject::Desk(desk) = &event.subject {
            self.desks.entry((event.tenant.clone(), desk.clone())).or_default().take(&event.fact, at);
        }
        let keep = self.keep;
        self.stories.take(&event, at, payload, |session| match keep {
            Keep::Running => true,
            Keep::Only(only) => only == session,
            Keep::Nothing => false,
        });
    }

    /// A desk in numbers; `None` when no fact has told of it.
    pub fn counts(
        &self,
        tenant: &TenantId,
        desk: &DeskId,
        now: Timestamp,
        minutes: u32,
        seconds: u32,
    ) -> Option<Counts> {
        let desk = self.desks.get(&(tenant.clone(), desk.clone()))?;
        Some(desk.counts(now, minutes, seconds))
    }

    /// Every desk of which a fact has told.
    pub fn desks(&self) -> impl Iterator<Item = (&TenantId, &DeskId, &DeskView)> {
        self.desks.iter().map(|((tenant, desk), view)| (tenant, desk, view))
    }

    /// Why a session is where it is; `None` when nothing is kept of it. Of another tenant than `tenant`, where one is
    /// named, nothing is told.
    pub fn story(&self, session: SessionId, tenant: Option<&TenantId>) -> Option<Story> {
        let kept = self.stories.get(session)?;
        if tenant.is_some_and(|tenant| *tenant != kept.tenant) {
            return None;
        }
        let desk = self.desks.iter().filter(|((of, _), _)| *of == kept.tenant);
        let desk = desk.map(|(_, desk)| desk).find(|desk| desk.session(session).is_some());
        Some(Story::of(session, kept, desk))
    }
}
