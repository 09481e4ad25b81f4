//! What a search of the texts answers: slot numbers.

const WORD: usize = u64::BITS as usize;
/// A list becomes a bitmap when it holds more than one slot in this many.
const SPARSE: usize = 64;

/// Slots, each once, ascending: listed while they are few, a bit each when they are many.
#[derive(Clone, Debug)]
pub struct Slots(Form);

#[derive(Clone, Debug)]
enum Form {
    List(Vec<u32>),
    Bits(Vec<u64>),
}

impl Slots {
    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::List(list) => list.len(),
            Form::Bits(bits) => bits.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Form::List(list) => list.is_empty(),
            Form::Bits(bits) => bits.iter().all(|word| *word == 0),
        }
    }

    /// Whether this slot is among them.
    pub fn contains(&self, slot: u32) -> bool {
        match &self.0 {
            Form::List(list) => list.binary_search(&slot).is_ok(),
            Form::Bits(bits) => {
                bits.get(slot as usize / WORD).is_some_and(|word| word >> (slot as usize % WORD) & 1 == 1)
            }
        }
    }

    /// All, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let (list, bits): (&[u32], &[u64]) = match &self.0 {
            Form::List(list) => (list, &[]),
            Form::Bits(bits) => (&[], bits),
        };
        list.iter().copied().chain(ones(bits, 0))
    }

    /// The list, when they are few: so few that going through them beats going through a bitmap.
    pub fn list(&self) -> Option<&[u32]> {
        match &self.0 {
            Form::List(list) => Some(list),
            Form::Bits(_) => None,
        }
    }

    /// The bitmap, when they are many: bit `n % 64` of word `n / 64` for slot `n`. It may be shorter or longer than the
    /// caller's; what is beyond it is not among them.
    pub fn bits(&self) -> Option<&[u64]> {
        match &self.0 {
            Form::List(_) => None,
            Form::Bits(bits) => Some(bits),
        }
    }

    /// Makes `words` the bitmap of these slots; slots beyond its end are left out.
    pub fn write(&self, words: &mut [u64]) {
        match &self.0 {
            Form::List(list) => {
                words.fill(0);
                list.iter().for_each(|slot| set(words, *slot));
            }
            Form::Bits(bits) => {
                let both = bits.len().min(words.len());
                words[..both].copy_from_slice(&bits[..both]);
                words[both..].fill(0);
            }
        }
    }
}

fn set(words: &mut [u64], slot: u32) {
    if let Some(word) = words.get_mut(slot as usize / WORD) {
        *word |= 1 << (slot as usize % WORD);
    }
}

/// The numbers of the bits that are set, ascending, the first bit being `first`.
pub(super) fn ones(words: &[u64], first: u32) -> impl Iterator<Item = u32> {
    words.iter().enumerate().flat_map(move |(at, word)| {
        let (base, mut rest) = (first + (at * WORD) as u32, *word);
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                base + bit
            })
        })
    })
}

/// Gathers slots from several places that hold different ones, in any order.
pub(super) struct Gather {
    form: Form,
    /// Slots of the whole index.
    room: usize,
}

impl Gather {
    pub(super) fn new(room: usize) -> Self {
        Self { form: Form::List(Vec::new()), room }
    }

    pub(super) fn add(&mut self, slots: impl Iterator<Item = u32>) {
        match &mut self.form {
            Form::List(list) => {
                list.extend(slots);
                if list.len() * SPARSE > self.room {
                    self.bits();
                }
            }
            Form::Bits(bits) => slots.for_each(|slot| set(bits, slot)),
        }
    }

    /// Adds a bitmap whose first bit is `first`; whole words at a time.
    pub(super) fn add_bits(&mut self, words: &[u64], first: u32) {
        let bits = self.bits();
        let (at, shift) = (first as usize / WORD, first as usize % WORD);
        if let Some(into) = bits.get_mut(at..) {
            into.iter_mut().zip(words).for_each(|(into, word)| *into |= word << shift);
        }
        if let Some(into) = bits.get_mut(at + 1..).filter(|_| shift > 0) {
            into.iter_mut().zip(words).for_each(|(into, word)| *into |= word >> (WORD - shift));
        }
    }

    /// The bitmap, made of the list if it is the first one.
    fn bits(&mut self) -> &mut Vec<u64> {
        if let Form::List(list) = &self.form {
            let mut bits = vec![0; self.room.div_ceil(WORD)];
            list.iter().for_each(|slot| set(&mut bits, *slot));
            self.form = Form::Bits(bits);
        }
        match &mut self.form {
            Form::Bits(bits) => bits,
            Form::List(_) => unreachable!("it was made a bitmap"),
        }
    }

    pub(super) fn finish(mut self) -> Slots {
        if let Form::List(list) = &mut self.form {
            list.sort_unstable();
        }
        Slots(self.form)
    }
}
