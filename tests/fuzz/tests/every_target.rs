//! Every target keeps its promise for the inputs that are kept for it, and for some thousand made of them.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fuzz::{Chance, TARGETS, Target};

/// Made inputs a target is given; `ACTIVELIST_CAMPAIGN=1` gives a hundred times as many.
const MADE: usize = 2_000;
/// Bytes of all made inputs of a target together, so that long ones are fewer.
const MADE_BYTES: usize = 4 << 20;
/// Any number: the same makes the same inputs.
const SEED: u64 = 2_025;

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let target = Target::named(stringify!($name)).expect("a target of this name");
                holds(target);
            }
        )*

        #[test]
        fn no_target_is_left_out() {
            let tested = [$(stringify!($name)),*];
            assert_eq!(TARGETS.iter().map(|target| target.name).collect::<Vec<_>>(), tested);
        }
    };
}

targets! {
    survey_file
    form_file
    form_cells
    policies
    envelopes
    texts
    numbers
    tables
    workbooks
    kept_index
    index_events
    tokens
    fact_events
    row_events
    metadata
    terminal
    timetables
    command_line
    calls
    published_file
    guidance_file
}

fn holds(target: &Target) {
    let kept = target.kept();
    assert!(!kept.is_empty(), "nothing is kept for {}", target.name);
    for bytes in &kept {
        hold(target, bytes);
    }
    let (mut chance, longer) =
        (Chance::new(SEED), if std::env::var_os("ACTIVELIST_CAMPAIGN").is_some() { 100 } else { 1 });
    let (mut made, mut bytes) = (0, 0);
    while made < MADE * longer && bytes < MADE_BYTES * longer {
        let input = chance.made_of(&kept, target.words, target.most);
        hold(target, &input);
        made += 1;
        bytes += input.len();
    }
    assert!(made > 100, "only {made} inputs were made for {}", target.name);
}

/// Writes down the input that breaks a promise, so that it can be tried again.
fn hold(target: &Target, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target.hold(bytes))).is_err() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken").join(target.name);
        let file = folder.join(format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, mixed)));
        fs::create_dir_all(&folder).expect("a folder for what was found");
        fs::write(&file, bytes).expect("what was found is written down");
        panic!("the input is in {}; keep it in tests/fuzz/regressions/{}", file.display(), target.name);
    }
}

fn mixed(hash: u64, byte: &u8) -> u64 {
    (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
}
