//! Why the program could not do what it was told: one line what, one line what to do, and the exit code.

use kit_vocabulary::Lang;

use crate::output::{Output, Tone};
use crate::text::{self, Text};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Could not: connection, permission, the server's state, a check that fails.
    Failed = 1,
    /// The input is at fault, and nothing was stored.
    BadInput = 2,
    /// The good part of the input is stored, and the rest is written to a file.
    Partly = 3,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why it could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened; one line.
    pub what: String,
    /// What to do about it; one line.
    pub advice: String,
    /// How the program ends.
    pub exit: Exit,
    /// What exactly is wrong, each with its place; may be empty.
    pub faults: Vec<Placed>,
}

/// One thing that is wrong, where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The field of the request, or the option of the command line.
    pub place: String,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl Failure {
    /// The input is at fault.
    pub fn input(what: String, advice: Text) -> Self {
        Self { what, advice: advice.fill(&[]), exit: Exit::BadInput, faults: Vec::new() }
    }

    /// Something else is in the way.
    pub fn other(what: String, advice: Text) -> Self {
        Self { what, advice: advice.fill(&[]), exit: Exit::Failed, faults: Vec::new() }
    }

    /// The same with what exactly is wrong.
    pub fn with(self, faults: Vec<Placed>) -> Self {
        Self { faults, ..self }
    }

    /// Says it on stderr: what, each fault on a line of its own in the language in use, what to do.
    pub fn show(&self, out: &mut Output) {
        let (error, advice) = (text::ERROR.fill(&[]), text::ADVICE.fill(&[]));
        let (error, advice) = (out.paint_note(Tone::Bad, &error), out.paint_note(Tone::Faint, &advice));
        out.note(format!("{error}: {}", one_line(&self.what)));
        for fault in &self.faults {
            let said = match out.lang() {
                Lang::Ja => &fault.ja,
                Lang::En => &fault.en,
            };
            out.note(format!("  {}: {}", out.paint_note(Tone::Notice, &one_line(&fault.place)), one_line(said)));
        }
        out.note(format!("{advice}: {}", one_line(&self.advice)));
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", one_line(&self.what))
    }
}

impl std::error::Error for Failure {}

/// What came from elsewhere must neither break the line nor steer the terminal.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}') => '\u{FFFD}',
            c => c,
        })
        .collect()
}
