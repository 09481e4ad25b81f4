//! The one place where the engine asks what the processor can do.
//!
//! A search is written once, in plain Rust over [`Lane`](super::bits::Lane)s, and compiled three times: for every
//! processor of the target, for those with AVX2, and for those with AVX-512 that count the ones of a register in one
//! instruction. Everything a search's loops call is always inlined, so it takes on the instructions of the function it
//! ends up in. (The `multiversion` crate does this, too, but cannot be told to take a lesser version, which benchmarks
//! and tests need to compare them, nor give each version its own way of counting.)

#[cfg(target_arch = "x86_64")]
mod x86;

use super::bits::Lane;
use super::search::Scan;
use super::sieve::BATCH;
use super::tally::{Counts, Parts, Upright, step};

/// Instructions that a search may use. Values exist only for what this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Processor {
    /// The best that this machine has.
    pub fn detect() -> Self {
        Self::available().pop().unwrap_or(Self(Level::Baseline))
    }

    /// All that this machine has, the best last.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self(Level::Baseline)];
        #[cfg(target_arch = "x86_64")]
        {
            let usual = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("popcnt")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2");
            if usual {
                found.push(Self(Level::Avx2));
            }
            let wide = usual
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vpopcntdq");
            if wide {
                found.push(Self(Level::Avx512));
            }
        }
        found
    }

    /// What the instructions are called, as the contract spells it.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Level::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        }
    }

    pub(super) fn run(self, scan: Scan<'_, '_>) -> Counts {
        match self.0 {
            Level::Baseline => scan.run(&Upright(step_baseline)),
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "SAFETY: the level exists only where `available` found the features")]
            Level::Avx2 => unsafe { x86::with_avx2(scan) },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "SAFETY: the level exists only where `available` found the features")]
            Level::Avx512 => unsafe { x86::with_avx512(scan) },
        }
    }
}

/// Not inlined, as its copies for other processors: in a loop, the compiler would take a word of several lanes at a time, with
/// as many single loads, in place of the words of one lane.
#[inline(never)]
fn step_baseline(parts: &mut Parts, lanes: [&Lane; BATCH], masks: &[Lane; BATCH]) {
    step(parts, lanes, masks);
}
