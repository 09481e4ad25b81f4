//! Which stretch of a log was known at a time.

/// The running maximum of the times of events, place by place: only where it rises.
#[derive(Clone, Debug, Default)]
pub struct Times {
    places: Vec<u32>,
    times: Vec<i64>,
}

impl Times {
    /// An event at this place, emitted at this time. Places come in order; an earlier one changes nothing, as the maximum
    /// over it was taken when its place was passed.
    pub fn note(&mut self, position: u32, time: i64) {
        if self.places.last().is_none_or(|last| *last < position) && self.times.last().is_none_or(|last| *last < time) {
            self.places.push(position);
            self.times.push(time);
        }
    }

    /// The last place up to which nothing was emitted after `time`, when `head` is the last there is.
    pub fn known_at(&self, time: i64, head: u32) -> u32 {
        let later = self.times.partition_point(|at| *at <= time);
        self.places.get(later).map_or(head, |place| place.saturating_sub(1).min(head))
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        4 * self.places.capacity() + 8 * self.times.capacity()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_longest_stretch_without_a_later_time(times in prop::collection::vec(0_i64..20, 0..30), at in -1_i64..21) {
            let mut known = Times::default();
            for (index, time) in times.iter().enumerate() {
                known.note(index as u32 + 1, *time);
            }
            let longest = times.iter().take_while(|time| **time <= at).count();
            prop_assert_eq!(known.known_at(at, times.len() as u32), longest as u32);
        }
    }
}
