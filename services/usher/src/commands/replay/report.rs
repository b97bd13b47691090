//! What a replay found: counts, and the first differences in the order of deciding.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
use usher_broker::{Broker, Partition, ReadFrom};
use usher_domain::Timestamp;
use usher_proto::topics::Topic;

use super::INPUTS;
use super::difference::{Difference, How};
use super::fields;
use super::recorded::{Named, Place, read_all};

/// So many differences are named.
const NAMED_MAX: usize = 10;

/// What of one partition was compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared {
    /// Offset of the first input.
    pub(super) from: i64,
    /// The offset after the last.
    pub(super) end: i64,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) compared: BTreeMap<(Topic, Partition), Compared>,
    pub(super) equal: usize,
    pub(super) different: usize,
    pub(super) missing: usize,
    pub(super) unexpected: usize,
    pub(super) twice: usize,
    /// Outputs that retention has taken.
    pub(super) taken: usize,
    /// Inputs that no worker had decided when the replay began.
    pub(super) undecided: usize,
    pub(super) first: BTreeMap<(Timestamp, Named), Difference>,
}

impl Report {
    pub(super) fn inputs(&self) -> usize {
        self.compared.values().map(|compared| compared.inputs).sum()
    }

    pub(super) const fn is_equal(&self) -> bool {
        self.different + self.missing + self.unexpected + self.twice == 0
    }

    /// Whether the outputs of this input were compared.
    pub(super) fn compares(&self, named: &Named) -> bool {
        let compared = self.compared.get(&(named.topic, named.partition));
        compared.is_some_and(|compared| (compared.from..compared.end).contains(&named.offset))
    }

    /// Counts a difference, and keeps it if it is among the first.
    pub(super) fn differs(&mut self, decided_at: Timestamp, named: Named, difference: Difference) {
        let count = match difference.how {
            How::Different { .. } => &mut self.different,
            How::Missing => &mut self.missing,
            How::Unexpected { .. } => &mut self.unexpected,
            How::Twice { .. } => &mut self.twice,
        };
        *count += 1;
        self.first.insert((decided_at, named), difference);
        if self.first.len() > NAMED_MAX {
            self.first.pop_last();
        }
    }

    /// Reads the records that are named once more, to say what they are and which of their fields differ.
    pub(super) fn name_fields<B: Broker>(&mut self, broker: &B, prefix: &str) -> Result<()> {
        let mut there: BTreeMap<Place, Vec<u8>> =
            self.first.values().filter_map(|difference| difference.how.there()).map(|place| (place, vec![])).collect();
        let topics: std::collections::BTreeSet<Topic> = there.keys().map(|place| place.topic).collect();
        for topic in topics {
            let mut reader = broker.reader(&topic.name(prefix), ReadFrom::Start)?;
            read_all(&mut reader, |record| {
                let place = Place { topic, partition: record.partition, offset: record.offset };
                if let Some(bytes) = there.get_mut(&place) {
                    *bytes = record.payload.unwrap_or_default();
                }
                Ok(())
            })?;
        }
        for difference in self.first.values_mut() {
            let recorded = difference.how.there().and_then(|place| there.get(&place));
            let own = difference.replayed.as_ref();
            difference.what = own.or(recorded).map(|bytes| fields::what(bytes)).unwrap_or_default();
            if let (How::Different { .. }, Some(recorded), Some(own)) = (difference.how, recorded, own) {
                difference.fields = fields::differing(recorded, own);
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (topic, _) in INPUTS {
            let of_topic = || self.compared.iter().filter(|((of, _), _)| *of == topic).map(|(_, compared)| compared);
            let inputs: usize = of_topic().map(|compared| compared.inputs).sum();
            let outputs: usize = of_topic().map(|compared| compared.outputs).sum();
            writeln!(f, "{:<14} {inputs:>9} inputs stepped, {outputs:>9} outputs", topic.short_name())?;
        }
        let Self { equal, different, missing, unexpected, twice, taken, undecided, .. } = self;
        writeln!(
            f,
            "equal {equal}, different {different}, missing {missing}, not made again {unexpected}, twice {twice}"
        )?;
        if *taken > 0 {
            writeln!(f, "{taken} outputs are older than what retention has left of their topic: not compared")?;
        }
        if *undecided > 0 {
            writeln!(f, "{undecided} inputs were not decided yet: not compared")?;
        }
        if self.is_equal() {
            return writeln!(f, "byte-equal");
        }
        writeln!(f, "the first differences, in the order of deciding:")?;
        self.first.iter().try_for_each(|((_, named), difference)| difference.write(named, f))
    }
}
