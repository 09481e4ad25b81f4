//! A NATS server of a test's own, which may be stopped, killed, and lose its files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_nats::jetstream;
use futures::StreamExt as _;

use crate::deployment::free_port;
use crate::process::{Process, Ready, Recipe};

/// Where the tests find the program.
const SERVER: &str = "ACTIVELIST_TEST_NATS_SERVER";

/// A server with JetStream that syncs every write.
#[derive(Debug)]
pub struct Nats {
    /// The process.
    pub process: Process,
    /// `nats://127.0.0.1:PORT`, the same for all its lives.
    pub url: String,
    files: PathBuf,
    config: PathBuf,
    port: u16,
}

/// Left to itself the server offers three quarters of the free disk, and every stream reserves its bytes of that: on a small
/// disk the streams of some services would find no place.
fn configure(config: &Path, port: u16, files: &Path, place: &str) {
    let text = format!(
        "listen: \"127.0.0.1:{port}\"\n\
         jetstream {{ store_dir: {:?}, sync_interval: always, max_file_store: {place} }}\n",
        files.display().to_string()
    );
    std::fs::write(config, text).expect("a file of ours");
}

impl Nats {
    /// Starts one with its files below `home`.
    ///
    /// # Panics
    /// When the environment does not name the program, or it does not start.
    pub async fn start(home: &Path) -> Self {
        let program = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!("{SERVER} is not set: run the tests with `make test`, or behind deploy/dev/with-servers")
        });
        let (port, files) = (free_port(), home.join("nats"));
        let config = home.join("nats.conf");
        configure(&config, port, &files, "1TB");
        let recipe = Recipe {
            name: "nats-server".to_owned(),
            program,
            arguments: vec!["--config".to_owned(), config.display().to_string()],
            environment: Vec::new(),
            ready: Ready::Stderr("Server is ready"),
        };
        Self { process: Process::start(recipe).await, url: format!("nats://127.0.0.1:{port}"), files, config, port }
    }

    /// Whether the server finds place for its streams when it is started next.
    ///
    /// # Panics
    /// When it runs.
    pub fn has_place(&self, place: bool) {
        assert!(!self.process.runs(), "a configuration is read at the start");
        configure(&self.config, self.port, &self.files, if place { "1TB" } else { "1MB" });
    }

    /// Its files.
    pub fn files(&self) -> &Path {
        &self.files
    }

    /// Removes its files while it is down.
    ///
    /// # Panics
    /// When it runs.
    pub fn wipe(&self) {
        assert!(!self.process.runs(), "files are wiped only when nobody writes them");
        std::fs::remove_dir_all(&self.files).expect("files of ours");
    }

    /// The position of `producer`'s log that its stream ends with; nothing while it cannot be asked, or there is none.
    pub async fn last(&self, producer: &str) -> Option<i64> {
        let context = jetstream::new(async_nats::connect(&self.url).await.ok()?);
        let subject = format!("activelist.{producer}.>");
        let name = context.stream_by_subject(subject.clone()).await.ok()?;
        let stream = context.get_stream(name).await.ok()?;
        let message = stream.get_last_raw_message_by_subject(&subject).await.ok()?;
        message.headers.get("ce-position")?.as_str().parse().ok()
    }

    /// Positions of `producer`'s log that JetStream holds; nothing while it cannot be asked.
    pub async fn held(&self, producer: &str) -> Option<BTreeSet<i64>> {
        let client = async_nats::connect(&self.url).await.ok()?;
        let context = jetstream::new(client);
        let subject = format!("activelist.{producer}.>");
        let mut names = context.stream_names();
        let mut positions = BTreeSet::new();
        while let Some(name) = names.next().await {
            let stream = context.get_stream(name.ok()?).await.ok()?;
            let info = stream.get_info().await.ok()?;
            if !info.config.subjects.contains(&subject) {
                continue;
            }
            for sequence in info.state.first_sequence.max(1)..=info.state.last_sequence {
                let message = stream.get_raw_message(sequence).await.ok()?;
                positions.insert(message.headers.get("ce-position")?.as_str().parse().ok()?);
            }
        }
        Some(positions)
    }
}
