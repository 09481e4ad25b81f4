//! What x86-64 processors have beyond the baseline.
//!
//! Functions that need such instructions are safe to call from each other; the caller of the first one has made sure.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_load_si512, _mm512_popcnt_epi64, _mm512_store_si512,
};

use super::super::bits::Lane;
use super::super::search::Scan;
use super::super::sieve::BATCH;
use super::super::tally::{Counts, Parts, Popcount, Upright, step};

/// As `step_baseline`.
#[inline(never)]
#[target_feature(enable = "avx2,popcnt,bmi1,bmi2")]
fn step_avx2(parts: &mut Parts, lanes: [&Lane; BATCH], masks: &[Lane; BATCH]) {
    step(parts, lanes, masks);
}

#[target_feature(enable = "avx2,popcnt,bmi1,bmi2")]
pub(super) fn with_avx2(scan: Scan<'_, '_>) -> Counts {
    scan.run(&Upright(|p: &mut Parts, l: [&Lane; BATCH], m: &[Lane; BATCH]| step_avx2(p, l, m)))
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,popcnt,bmi1,bmi2")]
pub(super) fn with_avx512(scan: Scan<'_, '_>) -> Counts {
    scan.run(&ByWord(|sums: &mut [Lane], lanes: [&[Lane]; BATCH], masks: &[Lane; BATCH]| count(sums, lanes, masks)))
}

/// In eight parts of 64 bits.
struct ByWord<F>(F);

impl<F: Fn(&mut [Lane], [&[Lane]; BATCH], &[Lane; BATCH])> Popcount for ByWord<F> {
    type Sum = Lane;
    const ZERO: Lane = Lane::NONE;
    const ROOM: usize = usize::MAX;

    #[inline(always)]
    fn add(&self, sums: &mut [Lane], lanes: [&[Lane]; BATCH], masks: &[Lane; BATCH]) {
        (self.0)(sums, lanes, masks);
    }

    #[inline(always)]
    fn total(sum: Lane) -> u32 {
        sum.0.iter().sum::<u64>() as u32
    }
}

/// The innermost loop, spelt out: from plain Rust, the compiler makes one that takes a word of eight lanes at a time,
/// with gathers, in place of the eight words of one, and needs five times as long.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
fn count(sums: &mut [Lane], lanes: [&[Lane]; BATCH], masks: &[Lane; BATCH]) {
    let [mask_a, mask_b, mask_c, mask_d] = masks.each_ref().map(|mask| load(mask));
    let [a, b, c, d] = lanes.map(|lanes| &lanes[..sums.len()]);
    for (n, sum) in sums.iter_mut().enumerate() {
        let common = |lane, mask| _mm512_popcnt_epi64(_mm512_and_si512(load(lane), mask));
        let ab = _mm512_add_epi64(common(&a[n], mask_a), common(&b[n], mask_b));
        let cd = _mm512_add_epi64(common(&c[n], mask_c), common(&d[n], mask_d));
        store(sum, _mm512_add_epi64(load(sum), _mm512_add_epi64(ab, cd)));
    }
}

#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "SAFETY: a lane is 64 bytes long and aligned to as many")]
fn load(lane: &Lane) -> __m512i {
    unsafe { _mm512_load_si512((&raw const *lane).cast()) }
}

#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "SAFETY: a lane is 64 bytes long and aligned to as many")]
fn store(lane: &mut Lane, bits: __m512i) {
    unsafe { _mm512_store_si512((&raw mut *lane).cast(), bits) }
}
