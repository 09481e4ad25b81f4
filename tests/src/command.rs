//! The command line, as somebody types it.

use serde_json::Value;

use crate::deployment::Built;
use crate::process::{Process, Ready, Recipe};

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none when it was killed.
    pub code: Option<i32>,
    /// What it said on stdout.
    pub out: String,
    /// What it said on stderr.
    pub err: String,
}

impl Ended {
    /// The JSON object on the last line of stdout.
    ///
    /// # Panics
    /// When there is none.
    pub fn json(&self) -> Value {
        let last = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: no JSON on the last line of {self:?}"))
    }
}

/// Runs `activelist` with these arguments to its end.
///
/// # Panics
/// When it does not run at all.
pub async fn run(built: Built, arguments: &[&str]) -> Ended {
    let mut command = tokio::process::Command::new(built.program);
    for (setting, _) in std::env::vars().filter(|(setting, _)| setting.starts_with("ACTIVELIST_")) {
        command.env_remove(setting);
    }
    command.args(arguments).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let output = command.output().await.expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program speaks UTF-8");
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Starts it and lets it run.
pub fn begin(built: Built, arguments: &[&str]) -> Process {
    Process::spawn(Recipe {
        name: format!("activelist {}", arguments.first().unwrap_or(&"")),
        program: built.program.to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        environment: Vec::new(),
        ready: Ready::Stdout(""),
    })
}
