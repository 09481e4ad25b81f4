//! A way to PostgreSQL that can be cut at the worst moments.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the way does with what is sent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Carries everything.
    Open,
    /// Cuts the connection instead of carrying the next COMMIT.
    CutBeforeCommit,
    /// Carries the next COMMIT and cuts at once: whether it arrived in time is anyone's guess.
    CutWithCommit,
    /// Carries the next COMMIT, waits for the answer, and keeps that to itself.
    CutAfterCommit,
    /// Lets nobody through.
    Closed,
    /// Takes everything and carries nothing, as when the server's machine has vanished. Connections of this time are dead for
    /// good, and nobody is told.
    Swallowed,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    way: Arc<watch::Sender<Way>>,
    turned_away: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A way to the server of `url`.
    pub(crate) async fn to(url: &str) -> Self {
        let server = host(url).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = Arc::new(watch::Sender::new(Way::Open));
        let turned_away = Arc::<AtomicUsize>::default();
        let (shared, counted) = (way.clone(), turned_away.clone());
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if *shared.borrow() == Way::Closed {
                    counted.fetch_add(1, Ordering::Relaxed);
                } else {
                    tokio::spawn(carry(client, server.clone(), shared.clone()));
                }
            }
        });
        Self { address, way, turned_away, task }
    }

    /// The same database, over this way.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replace(host(url), &self.address.to_string())
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// How many connections it has let nobody through for.
    pub(crate) fn turned_away(&self) -> usize {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// True once it has cut a connection, as it was told.
    pub(crate) fn is_open(&self) -> bool {
        *self.way.borrow() == Way::Open
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn host(url: &str) -> &str {
    let (_, rest) = url.rsplit_once('@').expect("a user in the URL");
    rest.split_once('/').expect("a database in the URL").0
}

/// `Q`, the length, and the text: how a statement without parameters is asked for.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

async fn carry(mut client: TcpStream, server: String, way: Arc<watch::Sender<Way>>) -> io::Result<()> {
    if *way.borrow() == Way::Swallowed {
        let _silent = client;
        return std::future::pending().await;
    }
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut changes = way.subscribe();
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let message = &asked[..read?];
                if message.is_empty() {
                    return Ok(());
                }
                let now = *way.borrow();
                let cuts = matches!(now, Way::CutBeforeCommit | Way::CutWithCommit | Way::CutAfterCommit);
                if cuts && message == COMMIT {
                    way.send_replace(Way::Open);
                    if now != Way::CutBeforeCommit {
                        server.write_all(message).await?;
                    }
                    if now == Way::CutAfterCommit {
                        assert!(server.read(&mut answered).await? > 0, "an answer");
                    }
                    return Ok(());
                }
                server.write_all(message).await?;
            }
            read = server.read(&mut answered) => {
                let message = &answered[..read?];
                if message.is_empty() {
                    return Ok(());
                }
                client.write_all(message).await?;
            }
            now = ended(&mut changes) => match now {
                Way::Swallowed => {
                    // The server may know; who uses it may not.
                    drop(server);
                    return std::future::pending().await;
                }
                _ => return Ok(()),
            },
        }
    }
}

async fn ended(changes: &mut watch::Receiver<Way>) -> Way {
    let now = changes.wait_for(|way| matches!(way, Way::Closed | Way::Swallowed)).await;
    now.map_or(Way::Closed, |way| *way)
}
