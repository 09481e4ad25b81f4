//! The order of a search's hits: total, and the same for the same query, seed and entries.
//!
//! The report suggests listing by the strength shown in the asked menus (after fig. 2-105, and
//! 2.4.2 (7)); what follows after marks and points is this project's: near before far, then a
//! rotation that gives equals equal exposure over the days, then the id.

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
    /// Points of the asked menus' areas, each area once; more come first. 0 without menus.
    pub points: u16,
    /// How near the expert lives; [`Nearness::Far`] for all when no place is given.
    pub nearness: Nearness,
    /// [`rotation`] of the query's seed and the expert's id.
    pub rotation: u64,
    /// The expert's id.
    pub id: String,
}

impl SortKey {
    pub(super) fn rank(&self) -> Rank {
        Rank::new(self.strong, self.able, self.points, self.nearness, self.rotation)
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A [`SortKey`] without its id in one number, so that most comparisons are one instruction
/// pair: from the top ◎ (8 bits), ○ (8), points (16), all inverted; nearness (8), rotation (64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u128);

impl Rank {
    pub(super) fn new(strong: u8, able: u8, points: u16, nearness: Nearness, rotation: u64) -> Self {
        Self(
            u128::from(!strong) << 96
                | u128::from(!able) << 88
                | u128::from(!points) << 72
                | (nearness as u128) << 64
                | u128::from(rotation),
        )
    }

    pub(super) fn into_key(self, id: String) -> SortKey {
        let nearness = match (self.0 >> 64) as u8 {
            0 => Nearness::SamePrefecture,
            1 => Nearness::SameRegion,
            _ => Nearness::Far,
        };
        SortKey {
            strong: !((self.0 >> 96) as u8),
            able: !((self.0 >> 88) as u8),
            points: !((self.0 >> 72) as u16),
            nearness,
            rotation: self.0 as u64,
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

/// Where an expert stands among equals on the day that gave `seed`; a lesser one comes earlier.
/// Neighbouring seeds give unrelated orders.
pub fn rotation(seed: u64, id_hash: u64) -> u64 {
    mix(mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ id_hash)
}

/// SplitMix64's finaliser: a bijection in which every input bit moves about half the output bits.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
