//! The program that libFuzzer drives: one target, named by `FUZZ_TARGET`. Its inputs made by code are first written to the
//! folder that `FUZZ_SEEDS` names, and the words of its language to the dictionary `FUZZ_WORDS`.
#![no_main]

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use fuzz::Target;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fn begin() -> &'static Target {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names the target");
    let target = Target::named(&name).unwrap_or_else(|| panic!("there is no target {name}"));
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        for (at, seed) in (target.seeds)().iter().enumerate() {
            fs::write(Path::new(&folder).join(format!("made-{at:03}")), seed).expect("a seed is written");
        }
    }
    if let Some(file) = std::env::var_os("FUZZ_WORDS") {
        let escaped = |word: &&str| word.bytes().map(|byte| format!("\\x{byte:02X}")).collect::<String>();
        let lines: Vec<String> = target.words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
        fs::write(file, lines.concat()).expect("the words are written");
    }
    target
}

libfuzzer_sys::fuzz_target!(
    init: {
        TARGET.get_or_init(begin);
    },
    |bytes: &[u8]| {
        TARGET.get_or_init(begin).hold(bytes);
    }
);
