//! Sessions by number, any of which can be taken out by chance.

/// Stands for "not in it".
const NOWHERE: u32 = u32::MAX;

/// A set of numbers.
pub(crate) struct Members {
    numbers: Vec<u64>,
    /// Where each number stands in `numbers`.
    places: Vec<u32>,
}

impl Members {
    /// An empty set that does not grow while numbers below `count` come in.
    pub(crate) fn up_to(count: usize) -> Self {
        Self { numbers: Vec::with_capacity(count), places: vec![NOWHERE; count] }
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    pub(crate) fn has(&self, number: u64) -> bool {
        self.places.get(number as usize).is_some_and(|place| *place != NOWHERE)
    }

    pub(crate) fn add(&mut self, number: u64) {
        let index = number as usize;
        if index >= self.places.len() {
            self.places.resize(index * 2 + 1, NOWHERE);
        }
        self.places[index] = self.numbers.len() as u32;
        self.numbers.push(number);
    }

    pub(crate) fn remove(&mut self, number: u64) {
        if self.has(number) {
            let place = std::mem::replace(&mut self.places[number as usize], NOWHERE) as usize;
            self.numbers.swap_remove(place);
            if let Some(moved) = self.numbers.get(place) {
                self.places[*moved as usize] = place as u32;
            }
        }
    }

    /// Takes one out.
    pub(crate) fn take(&mut self, chance: usize) -> u64 {
        let number = self.numbers[chance % self.numbers.len()];
        self.remove(number);
        number
    }
}
