//! A way between two parts, and the weather on it: what is sent can be cut, delayed, truncated, throttled, swallowed.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// Most bytes that are carried at once.
const PIECE: usize = 16 * 1024;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// It is carried at once.
    Fair,
    /// Nobody gets through: connections end, new ones end as soon as they are made.
    Cut,
    /// Every piece arrives so much later.
    Delayed(Duration),
    /// Of what each side sends from now on, so many bytes arrive; then the connection ends, in the middle of whatever it was.
    Truncated(usize),
    /// So many bytes a second in each direction.
    Throttled(usize),
    /// Everything is taken and nothing arrives, as when the other machine has vanished: nobody is told. Connections of this
    /// time stay dead for good.
    Swallowed,
}

/// A listener that carries to a server, through the weather of the moment. It ends with this.
#[derive(Debug)]
pub struct Way {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    task: JoinHandle<()>,
}

impl Way {
    /// A way to a server at `host:port`.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a port of ours");
        let weather = watch::Sender::new(Weather::Fair);
        let (server, told) = (server.to_owned(), weather.subscribe());
        let task = tokio::spawn(async move {
            let mut carried = JoinSet::new();
            loop {
                tokio::select! {
                    client = listener.accept() => match client {
                        Ok((client, _)) => drop(carried.spawn(carry(client, server.clone(), told.clone()))),
                        Err(_) => tokio::task::yield_now().await,
                    },
                    Some(_) = carried.join_next() => {}
                }
            }
        });
        Self { address, weather, task }
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Changes the weather.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Lets a fault last, or somebody who was refused draw breath: time that is part of what is tried. Whoever waits for something
/// to happen waits with [`until`](crate::wait::until).
pub async fn lasting(time: Duration) {
    sleep(time).await;
}

async fn carry(client: TcpStream, server: String, weather: watch::Receiver<Weather>) -> io::Result<()> {
    let now = *weather.borrow();
    match now {
        Weather::Cut => return Ok(()),
        Weather::Swallowed => {
            // Held open, and never read.
            let _silent = client;
            return std::future::pending().await;
        }
        _ => {}
    }
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        ended = pump(from_client, to_server, weather.clone()) => ended,
        ended = pump(from_server, to_client, weather) => ended,
    }
}

/// Carries one direction until either side, or the weather, ends it.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut left: Option<usize> = None;
    loop {
        let now = *weather.borrow_and_update();
        match now {
            Weather::Cut => return Ok(()),
            Weather::Swallowed => return std::future::pending().await,
            Weather::Truncated(bytes) => left = left.or(Some(bytes)),
            _ => left = None,
        }
        let most = match now {
            Weather::Throttled(rate) => (rate / 20).clamp(1, PIECE),
            _ => PIECE,
        };
        let read = tokio::select! {
            read = from.read(&mut buffer[..most]) => read?,
            changed = weather.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return Ok(()),
            },
        };
        if read == 0 {
            return Ok(());
        }
        match now {
            Weather::Delayed(time) => sleep(time).await,
            Weather::Throttled(rate) => sleep(Duration::from_secs_f64(read as f64 / rate.max(1) as f64)).await,
            _ => {}
        }
        let carried = left.map_or(read, |left| left.min(read));
        to.write_all(&buffer[..carried]).await?;
        if let Some(left) = &mut left {
            *left -= carried;
            if *left == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    /// An echo, and a way to it.
    async fn echo() -> Way {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = client.into_split();
                    drop(tokio::io::copy(&mut from, &mut to).await);
                });
            }
        });
        Way::to(&address).await
    }

    async fn says(stream: &mut TcpStream, text: &[u8]) -> Vec<u8> {
        if stream.write_all(text).await.is_err() {
            return Vec::new();
        }
        let mut heard = vec![0; text.len()];
        let mut at = 0;
        while at < heard.len() {
            match stream.read(&mut heard[at..]).await {
                Ok(read) if read > 0 => at += read,
                _ => break,
            }
        }
        heard.truncate(at);
        heard
    }

    #[tokio::test]
    async fn each_weather_does_what_it_says() {
        let way = echo().await;
        let connect = async || TcpStream::connect(way.address()).await.unwrap();
        let mut stream = connect().await;
        assert_eq!(says(&mut stream, b"fair").await, b"fair");
        way.set(Weather::Delayed(Duration::from_millis(30)));
        let begun = tokio::time::Instant::now();
        assert_eq!(says(&mut stream, b"late").await, b"late");
        assert!(begun.elapsed() >= Duration::from_millis(60), "there and back");
        way.set(Weather::Throttled(1_000));
        let begun = tokio::time::Instant::now();
        assert_eq!(says(&mut stream, &[7; 100]).await, [7; 100]);
        assert!(begun.elapsed() >= Duration::from_millis(100), "a hundred bytes at a thousand a second");
        way.set(Weather::Truncated(3));
        // What was carried there may find the way back closed.
        let heard = says(&mut stream, b"halves").await;
        assert!(heard.len() <= 3 && b"halves".starts_with(&heard), "{heard:?}");
        way.set(Weather::Cut);
        assert_eq!(says(&mut connect().await, b"nobody").await, b"");

        way.set(Weather::Fair);
        let mut old = connect().await;
        assert_eq!(says(&mut old, b"fair").await, b"fair");
        way.set(Weather::Swallowed);
        let silence = Duration::from_millis(50);
        timeout(silence, says(&mut old, b"hello")).await.expect_err("silence");
        let mut new = connect().await;
        timeout(silence, says(&mut new, b"hello")).await.expect_err("silence");
        way.set(Weather::Fair);
        timeout(silence, says(&mut old, b"hello")).await.expect_err("dead for good");
        assert_eq!(says(&mut connect().await, b"fair").await, b"fair");
    }
}
