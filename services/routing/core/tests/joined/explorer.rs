//! Goes through every interleaving of two conversations and two agents, on the real cores: a breadth-first search over
//! cloned worlds, each state visited once, so that a violation is found with one of the shortest histories that lead to
//! it. What may happen, and how often, is a budget (`moves`).

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use usher_domain::policy::{LossPolicy, OfferPolicy};

use super::link::Link;
use super::moves::{AGENTS, Act, Budget, State, Topics};
use super::world::World;

/// Of so many states, one is left with cores restored from what they wrote, as after a restart.
const RESTARTED: usize = 32;

/// What is to be explored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Space {
    pub(crate) budget: Budget,
    pub(crate) topics: Topics,
    pub(crate) link: Link,
    /// How agents are asked first, if they are.
    pub(crate) offers: Option<OfferPolicy>,
    /// What becomes of the sessions of `a`, whose presence then is a lease.
    pub(crate) leases: Option<LossPolicy>,
    /// How many may wait in a queue.
    pub(crate) length_max: Option<u32>,
}

/// What was found where nothing is wrong.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) states: usize,
    pub(crate) transitions: usize,
    pub(crate) quiet: usize,
    pub(crate) restarted: usize,
}

/// What is wrong, and the steps that lead there.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) promise: String,
    pub(crate) steps: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, after {} steps:", self.promise, self.steps.len())?;
        self.steps.iter().enumerate().try_for_each(|(number, step)| writeln!(f, "{:3}. {step}", number + 1))
    }
}

/// How a state was reached: from which one, by what.
type Origins = Vec<Option<(usize, Act)>>;

impl Space {
    /// Visits every state.
    pub(crate) fn explore(self) -> Result<Report, Violation> {
        let mut report = Report { states: 0, transitions: 0, quiet: 0, restarted: 0 };
        let mut origins: Origins = vec![None];
        let start = self.start();
        let mut seen = BTreeSet::from([start.key()]);
        let mut queue = VecDeque::from([(0, start)]);
        while let Some((index, state)) = queue.pop_front() {
            report.states += 1;
            report.quiet += usize::from(state.world.is_quiet());
            let acts = state.acts(self.topics);
            if index % RESTARTED == 0 {
                report.restarted += 1;
                self.holding(&origins, index, None, || state.goes_on_after_a_restart(&acts, self.topics))?;
            }
            for act in acts {
                report.transitions += 1;
                let next = self.holding(&origins, index, Some(act), || state.after(act, self.topics))?;
                if seen.insert(next.key()) {
                    queue.push_back((origins.len(), next));
                    origins.push(Some((index, act)));
                }
            }
        }
        Ok(report)
    }

    fn start(self) -> State {
        let mut world = World::under(self.offers, self.leases, &[], AGENTS);
        world.link = self.link;
        if self.length_max.is_some() {
            world.length_max = self.length_max;
            world.directory(&[], AGENTS);
        }
        world.watch_order(self.topics == Topics::InOrder && self.budget.repeats == 0);
        State { world, left: self.budget, online: [true; 2], depth: 0 }
    }

    /// Does something that panics when a promise is broken, and then tells the history.
    fn holding<T>(
        self,
        origins: &Origins,
        from: usize,
        act: Option<Act>,
        what: impl FnOnce() -> T,
    ) -> Result<T, Violation> {
        catch_unwind(AssertUnwindSafe(what)).map_err(|broken| {
            let text = broken.downcast_ref::<String>().cloned();
            let promise = text.or_else(|| broken.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Violation { promise: promise.unwrap_or_default(), steps: self.history(origins, from, act) }
        })
    }

    /// The steps to a state in words: all of them once more, from the start.
    fn history(self, origins: &Origins, from: usize, last: Option<Act>) -> Vec<String> {
        let mut acts: Vec<Act> = last.into_iter().collect();
        let mut at = from;
        while let Some((before, act)) = origins[at] {
            acts.push(act);
            at = before;
        }
        let mut state = self.start();
        let mut steps = Vec::new();
        for act in acts.into_iter().rev() {
            steps.push(state.show(act));
            let next = catch_unwind(AssertUnwindSafe(|| state.after(act, self.topics)));
            let Ok(next) = next else { break };
            state = next;
        }
        steps
    }
}
