//! The order of a search's hits: total, and the same for the same query, seed and entries.
//!
//! The report suggests listing by the strength shown in the asked menus (after fig. 2-105, and
//! 2.4.2 (7)); the rest is this project's: among equal marks, first those who meet more of the
//! query's preferences; after points, near before far, then a rotation that gives equals equal
//! exposure over the days, then the id.

use std::cmp::Ordering;

use super::Nearness;

/// Where a hit stands in the order of its query: a lesser key comes earlier.
///
/// A key is enough to go on from: paging asks for what comes after the last key seen, so an
/// expert who does not change while one pages appears exactly once. Keys compare only between
/// answers to the same query with the same seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// ◎ among the asked menus; more come first. 0 when no menu is asked for.
    pub strong: u8,
    /// ○ among the asked menus; more come first. 0 when no menu is asked for.
    pub able: u8,
    /// How many of the query's preferences the expert meets; more come first. 0 without preferences.
    pub preferred: u8,
    /// Points of the asked menus' areas, each area once; more come first. 0 without menus.
    pub points: u16,
    /// How near the expert lives; [`Nearness::Far`] for all when no place is given.
    pub nearness: Nearness,
    /// [`rotation`] of the query's seed and the expert's id.
    pub rotation: u64,
    /// The expert's id.
    pub id: String,
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let better = |key: &Self| (key.strong, key.able, key.preferred, key.points);
        let then = |key: &Self| (key.nearness, key.rotation);
        better(other).cmp(&better(self)).then(then(self).cmp(&then(other))).then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What decides most comparisons in one number, of which more comes first, so that 512 experts are compared bit by bit:
/// from the top ◎ (4 bits), ○ (4), preferences met (3), points (11), nearness (2), and the first bits of the rotation,
/// inverted (8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing(pub(super) u32);

impl Standing {
    /// How many bits it has.
    pub(super) const BITS: usize = 32;
    /// Lowest bit and how many, of each part.
    pub(super) const STRONG: (usize, usize) = (28, 4);
    pub(super) const ABLE: (usize, usize) = (24, 4);
    pub(super) const PREFERRED: (usize, usize) = (21, PREFERENCE_BITS);
    pub(super) const POINTS: (usize, usize) = (10, 11);
    pub(super) const NEAR: (usize, usize) = (8, 2);
    pub(super) const TURN: (usize, usize) = (0, TURN_BITS);

    /// Eight menus bring at most 8 marks and 8 × 255 points. A key from outside may say more of something than its part
    /// has bits for: all bits from there down are then set, points with them, which nobody reaches, so it still stands
    /// above all with the same parts before, and below none of them.
    pub(super) fn of(key: &SortKey) -> Self {
        let near = Nearness::Far as u32 - key.nearness as u32;
        let parts = [
            (Self::STRONG, key.strong.into()),
            (Self::ABLE, key.able.into()),
            (Self::PREFERRED, key.preferred.into()),
            (Self::POINTS, key.points.into()),
            (Self::NEAR, near),
            (Self::TURN, (!key.rotation >> REST_BITS) as u32),
        ];
        let mut standing = 0;
        for ((low, bits), value) in parts {
            if value >= 1 << bits {
                return Self(standing | u32::MAX >> (u32::BITS as usize - low - bits));
            }
            standing |= value << low;
        }
        Self(standing)
    }

    /// The key of somebody with this standing.
    pub(super) fn into_key(self, rest: u64, id: String) -> SortKey {
        let part = |(low, bits): (usize, usize)| self.0 >> low & ((1 << bits) - 1);
        let nearness = match part(Self::NEAR) {
            0 => Nearness::Far,
            1 => Nearness::SameRegion,
            _ => Nearness::SamePrefecture,
        };
        let turn = !part(Self::TURN) & ((1 << TURN_BITS) - 1);
        SortKey {
            // Each part has fewer bits than its field.
            strong: part(Self::STRONG) as u8,
            able: part(Self::ABLE) as u8,
            preferred: part(Self::PREFERRED) as u8,
            points: part(Self::POINTS) as u16,
            nearness,
            rotation: u64::from(turn) << REST_BITS | rest,
            id,
        }
    }
}

/// The hash of an expert's id that [`rotation`] starts from: FNV-1a over its bytes, then mixed.
/// Ids are given by the registry, so nobody can choose one that hashes to the front.
pub fn id_hash(id: &str) -> u64 {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    mix(hash)
}

/// Bits of the number of preferences met.
pub(super) const PREFERENCE_BITS: usize = 3;
/// Bits of a rotation that are taken from the hash by parities alone.
pub(super) const TURN_BITS: usize = 8;
/// All others.
const REST_BITS: usize = u64::BITS as usize - TURN_BITS;
/// How many of the first bits take turns: a round has 2 to the power of it days. More would serve larger groups of equals,
/// and leave them in the same turns for longer.
const ROUND_BITS: usize = 6;
/// Bits of the hash that they are taken from.
pub(super) const HASH_BITS: usize = 32;

/// Where an expert stands among equals on the day that gave `seed`; a lesser one comes earlier.
///
/// Its first 8 bits are each the parity of four bits of the hash, drawn by the seed, and turned over or not by the seed,
/// too. So they can be had for 512 experts at once, and still any two experts whose bits differ stand either way round
/// with the same chance. All other bits are the hash and the seed, mixed.
///
/// Equals take turns within rounds of 64 days rather than be dealt a place anew every day. The first six bits of a round's
/// days run, for every expert, through all 64 values, as Owen scrambles a van der Corput sequence: a bit is turned over by
/// the day's own bit (the lowest for the first), and drawn by the round and the day's bits below it alone. So in any two
/// days that begin a multiple of two each is once in the front half, in any four once in the front quarter, and so on,
/// while which experts share a turn is drawn anew by the next round.
pub fn rotation(seed: u64, id_hash: u64) -> u64 {
    Turn::new(seed).of(id_hash)
}

/// A day's rotation, with what depends on the seed alone worked out once.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    seed: u64,
    first: [Parity; TURN_BITS],
}

/// One of the first bits of a rotation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parity {
    /// The bits of the hash it is the parity of.
    pub(super) of: [usize; 4],
    /// All ones when it is turned over, else all zeros.
    pub(super) over: u64,
}

impl Turn {
    pub(super) fn new(seed: u64) -> Self {
        let day = seed;
        let drawn = |by: u64| mix(by.wrapping_add(0x9e37_79b9_7f4a_7c15));
        let (seed, round) = (drawn(day), drawn(day >> ROUND_BITS));
        let parity = |bit| {
            let (chance, turn) = if bit < ROUND_BITS {
                let below = day & ((1_u64 << bit) - 1);
                (mix(round ^ mix(below << 8 | (bit as u64 + 1))), day >> bit & 1)
            } else {
                (mix(seed ^ mix(bit as u64 + 1)), 0)
            };
            // One of the eight bits of each of the hash's lower four bytes.
            let of = [0, 1, 2, 3].map(|byte| 8 * byte + (chance >> (3 * byte) & 7) as usize);
            Parity { of, over: 0u64.wrapping_sub(chance >> 63 ^ turn) }
        };
        Self { seed, first: std::array::from_fn(parity) }
    }

    /// A whole rotation.
    fn of(&self, id_hash: u64) -> u64 {
        let bit = |all: u64, Parity { of, over }: &Parity| {
            all << 1 | of.iter().fold(over & 1, |parity, bit| parity ^ id_hash >> bit & 1)
        };
        self.first.iter().fold(0, bit) << REST_BITS | self.rest(id_hash)
    }

    /// The first bits of a rotation, from the highest.
    #[inline(always)]
    pub(super) const fn first(&self) -> &[Parity; TURN_BITS] {
        &self.first
    }

    /// All but the first bits of a rotation.
    #[inline(always)]
    pub(super) const fn rest(&self, id_hash: u64) -> u64 {
        mix(self.seed ^ id_hash) >> TURN_BITS
    }
}

/// SplitMix64's finaliser: a bijection in which every input bit moves about half the output bits.
#[inline(always)]
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
