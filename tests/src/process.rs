//! A process of ours: started, watched, stopped, killed, paused, and started again.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::wait::until;

/// Longest wait for a process to be ready: a debug build on a busy machine, with tables to make.
const READY: Duration = Duration::from_secs(120);
/// Longest wait for a process that was asked to end: what the services promise.
pub const GRACE: Duration = Duration::from_secs(25);
/// Lines of a log that are shown when a test fails.
const SHOWN: usize = 60;

/// Where a process says that it is ready.
#[derive(Clone, Debug)]
pub enum Ready {
    /// In a line on stdout that begins so.
    Stdout(&'static str),
    /// In a line on stderr that holds this.
    Stderr(&'static str),
}

impl Ready {
    fn said(&self, stderr: &str) -> usize {
        match self {
            Self::Stdout(_) => 0,
            Self::Stderr(sign) => stderr.matches(sign).count(),
        }
    }
}

/// How a process is started, again and again.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// What it is called in messages.
    pub name: String,
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Additions to its environment.
    pub environment: Vec<(String, String)>,
    /// When it is ready.
    pub ready: Ready,
}

/// A process that runs, or ran. It is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    recipe: Recipe,
    child: Option<Child>,
    out: Kept,
    err: Kept,
    /// How often stderr had said that it is ready before the last start.
    said: usize,
}

impl Process {
    /// Starts it, without waiting for it.
    ///
    /// # Panics
    /// When the program cannot be run at all.
    pub fn spawn(recipe: Recipe) -> Self {
        let mut process = Self { recipe, child: None, out: Kept::default(), err: Kept::default(), said: 0 };
        process.spawn_again();
        process
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Panics
    /// When it ends before, or takes too long; with its log.
    pub async fn start(recipe: Recipe) -> Self {
        let process = Self::spawn(recipe);
        process.ready().await
    }

    async fn ready(mut self) -> Self {
        self.wait_ready().await;
        self
    }

    fn spawn_again(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.recipe.name);
        let Recipe { program, arguments, environment, name, ready } = &self.recipe;
        self.said = ready.said(&self.err.text());
        let mut command = Command::new(program);
        // What stands in the environment of whoever runs the tests must not steer the program.
        for (setting, _) in std::env::vars().filter(|(setting, _)| setting.starts_with("ACTIVELIST_")) {
            command.env_remove(setting);
        }
        command.args(arguments).env("NO_COLOR", "1").envs(environment.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {program}: {error}"));
        (self.out, self.err) = (self.out.anew(), self.err.clone());
        self.out.fill(child.stdout.take().expect("a pipe"));
        self.err.fill(child.stderr.take().expect("a pipe"));
        self.child = Some(child);
    }

    async fn wait_ready(&mut self) {
        let what = format!("{} to be ready", self.recipe.name);
        until(&what, READY, async || {
            let ready = match self.recipe.ready {
                Ready::Stdout(sign) => self.out.text().lines().any(|line| line.starts_with(sign)),
                Ready::Stderr(_) => self.recipe.ready.said(&self.err.text()) > self.said,
            };
            if let Some(status) = self.has_ended() {
                panic!("{} ended with {status} before it was ready", self.recipe.name);
            }
            ready.then_some(())
        })
        .await;
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().unwrap_or_else(|| panic!("{} does not run", self.recipe.name))
    }

    /// How it is started.
    pub const fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Whether it runs.
    pub const fn runs(&self) -> bool {
        self.child.is_some()
    }

    /// How it ended, if it did by itself.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().expect("a child of ours")
    }

    /// Its number.
    ///
    /// # Panics
    /// When it does not run.
    pub fn id(&mut self) -> u32 {
        self.child().id()
    }

    /// The processes that it started itself.
    ///
    /// # Panics
    /// When it does not run.
    pub fn children(&mut self) -> Vec<u32> {
        children_of(self.id())
    }

    /// Kills it (-9) and waits until it is gone.
    pub fn kill(&mut self) {
        self.child().kill().expect("a child of ours");
        self.child().wait().expect("a child of ours");
        self.child = None;
    }

    /// Asks it to end (SIGTERM), without waiting.
    pub fn ask_to_end(&mut self) {
        self.signal("TERM");
    }

    /// Waits until it has ended, and answers how.
    ///
    /// # Panics
    /// When it takes longer than [`GRACE`].
    pub async fn ended(&mut self) -> ExitStatus {
        let what = format!("{} to end", self.recipe.name);
        let status = until(&what, GRACE, async || self.has_ended()).await;
        self.child = None;
        status
    }

    /// Asks it to end, and answers how it did.
    pub async fn stop(&mut self) -> ExitStatus {
        self.ask_to_end();
        self.ended().await
    }

    /// Stops its threads where they are (SIGSTOP).
    pub fn pause(&mut self) {
        self.signal("STOP");
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&mut self) {
        self.signal("CONT");
    }

    fn signal(&mut self, signal: &str) {
        let pid = self.id();
        assert!(send(signal, &[pid]), "kill -{signal} {pid} ({})", self.recipe.name);
    }

    /// Starts it again after it ended, on the same ports, and waits until it is ready.
    pub async fn restart(&mut self) {
        self.spawn_again();
        self.wait_ready().await;
    }

    /// Starts it again without waiting.
    pub fn restart_unready(&mut self) {
        self.spawn_again();
    }

    /// What it wrote on stdout since its last start.
    pub fn stdout(&self) -> String {
        self.out.text()
    }

    /// What it wrote on stderr, in all its lives.
    pub fn stderr(&self) -> String {
        self.err.text()
    }
}

/// Sends a signal to processes of ours; false when one of them is gone.
///
/// # Panics
/// When there is no shell.
pub fn send(signal: &str, processes: &[u32]) -> bool {
    let processes: Vec<String> = processes.iter().map(ToString::to_string).collect();
    let said = format!("kill -{signal} {}", processes.join(" "));
    let shell = Command::new("sh").args(["-c", &said]).stderr(Stdio::null()).status();
    shell.expect("a shell is everywhere").success()
}

fn children_of(parent: u32) -> Vec<u32> {
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // After the name, which stands in parentheses and may hold anything: state, parent.
        let of: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        (of == parent).then_some(pid)
    };
    std::fs::read_dir("/proc").expect("this runs on Linux").filter_map(file).collect()
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "beside the failure of a test, its cause")]
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
        if std::thread::panicking() {
            let log = self.err.text();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(SHOWN)..];
            eprintln!("--- stderr of {} (its last {} lines)\n{}", self.recipe.name, last.len(), last.join("\n"));
        }
    }
}

/// What came through a pipe so far.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn anew(&self) -> Self {
        Self::default()
    }

    fn fill(&self, from: impl Read + Send + 'static) {
        let to = self.clone();
        std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                to.0.lock().unwrap_or_else(PoisonError::into_inner).append(&mut line);
            }
        });
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
