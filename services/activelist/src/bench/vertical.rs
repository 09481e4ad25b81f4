//! How many of many numbers have each bit set, eight numbers at a time.

/// Counts of up to 64 bits.
pub(super) struct Vertical {
    /// Bit `n` of plane `p` is bit `p` of the count of bit `n`, since the planes were last emptied.
    planes: [u64; PLANES],
    /// Numbers added since then.
    added: u32,
    counts: [u32; 64],
}

const PLANES: usize = 16;

impl Vertical {
    /// Of nothing yet.
    pub(super) const fn new() -> Self {
        Self { planes: [0; PLANES], added: 0, counts: [0; 64] }
    }

    /// Counts numbers in.
    #[inline]
    pub(super) fn add(&mut self, numbers: &[u64]) {
        let mut eights = numbers.chunks_exact(8);
        for eight in &mut eights {
            self.add_eight(eight);
        }
        let rest = eights.remainder();
        if !rest.is_empty() {
            let mut eight = [0; 8];
            eight[..rest.len()].copy_from_slice(rest);
            self.add_eight(&eight);
        }
    }

    #[inline]
    fn add_eight(&mut self, eight: &[u64]) {
        let [ones, twos, fours, ..] = self.planes;
        let (ones, two_a) = add(ones, eight[0], eight[1]);
        let (ones, two_b) = add(ones, eight[2], eight[3]);
        let (twos, four_a) = add(twos, two_a, two_b);
        let (ones, two_a) = add(ones, eight[4], eight[5]);
        let (ones, two_b) = add(ones, eight[6], eight[7]);
        let (twos, four_b) = add(twos, two_a, two_b);
        let (fours, mut carry) = add(fours, four_a, four_b);
        (self.planes[0], self.planes[1], self.planes[2]) = (ones, twos, fours);
        for plane in &mut self.planes[3..] {
            if carry == 0 {
                break;
            }
            (*plane, carry) = (*plane ^ carry, *plane & carry);
        }
        self.added += 8;
        if self.added + 8 >= 1 << PLANES {
            self.empty();
        }
    }

    fn empty(&mut self) {
        for (place, plane) in self.planes.iter_mut().enumerate() {
            for (bit, count) in self.counts.iter_mut().enumerate() {
                *count += ((*plane >> bit & 1) as u32) << place;
            }
            *plane = 0;
        }
        self.added = 0;
    }

    /// The counts.
    pub(super) fn counts(mut self) -> [u32; 64] {
        self.empty();
        self.counts
    }
}

/// A full adder of 64 columns: sum and carry.
#[inline]
const fn add(one: u64, other: u64, third: u64) -> (u64, u64) {
    let half = one ^ other;
    (half ^ third, one & other | half & third)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Chance;

    #[test]
    fn each_bit_is_counted_as_often_as_it_is_set() {
        let mut chance = Chance::new(7);
        for length in [0, 1, 7, 8, 9, 1_000, 70_000] {
            let numbers: Vec<u64> = (0..length).map(|_| chance.next() | 1).collect();
            let mut vertical = Vertical::new();
            numbers.chunks(1_024).for_each(|run| vertical.add(run));
            let counts = vertical.counts();
            for (bit, count) in counts.into_iter().enumerate() {
                let expected = numbers.iter().filter(|number| *number >> bit & 1 == 1).count();
                assert_eq!(count as usize, expected, "bit {bit} of {length} numbers");
            }
        }
    }
}
