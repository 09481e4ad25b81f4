//! Where connections come from: a port, or this very process. A server treats both alike.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tonic::transport::server::Connected;
use tonic::transport::{Channel, Endpoint, Uri};

/// Bytes on their way in one direction of a connection inside the process.
const PIPE_BYTES: usize = 256 * 1024;
/// Pause after the operating system refused a connection (usually: too many open files), instead of spinning.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// Opens a port; port 0 takes a free one, which `local_addr()` then tells. Clients can connect from here on, so bind when
/// everything else stands, and serve at once.
///
/// # Errors
/// When the address does not resolve or is taken; the text names it.
pub async fn bind<A: ToSocketAddrs + std::fmt::Display>(address: A) -> io::Result<TcpListener> {
    let named = format!("cannot listen on {address}");
    TcpListener::bind(address).await.map_err(|error| io::Error::new(error.kind(), format!("{named}: {error}")))
}

/// A channel into this process, and the connections it makes, for [`crate::Server::serve`]. Calls made before the server
/// serves wait for it.
pub fn in_process() -> (Channel, Incoming) {
    let (connect, connections) = mpsc::channel(16);
    let connector = tower::service_fn(move |_: Uri| {
        let connect = connect.clone();
        async move {
            let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
            let gone = |_| io::Error::new(io::ErrorKind::ConnectionRefused, "the server of this process has stopped");
            connect.send(theirs).await.map_err(gone)?;
            io::Result::Ok(TokioIo::new(ours))
        }
    });
    let channel = Endpoint::from_static("http://in-process").connect_with_connector_lazy(connector);
    (channel, Incoming(Source::InProcess(connections)))
}

/// A source of connections.
#[derive(Debug)]
pub struct Incoming(Source);

#[derive(Debug)]
enum Source {
    Tcp(TcpListener),
    InProcess(mpsc::Receiver<DuplexStream>),
}

impl From<TcpListener> for Incoming {
    fn from(listener: TcpListener) -> Self {
        Self(Source::Tcp(listener))
    }
}

impl Incoming {
    pub(crate) fn is_in_process(&self) -> bool {
        matches!(self.0, Source::InProcess(_))
    }

    /// For logs: the address, or `in process`.
    pub(crate) fn name(&self) -> String {
        match &self.0 {
            Source::Tcp(listener) => listener.local_addr().map_or_else(|_| "tcp".to_owned(), |at| at.to_string()),
            Source::InProcess(_) => "in process".to_owned(),
        }
    }

    /// The connections, never more at a time than there are permits: one too many is closed at once, so that its client
    /// knows, instead of waiting in a queue nobody serves.
    pub(crate) fn connections(self, permits: Arc<Semaphore>) -> impl Stream<Item = io::Result<Connection>> + Send {
        unfold((self, permits), |(mut incoming, permits)| async move {
            loop {
                let (wire, peer) = incoming.accept().await?;
                match Arc::clone(&permits).try_acquire_owned() {
                    Ok(permit) => return Some((Ok(Connection { wire, peer, _permit: permit }), (incoming, permits))),
                    Err(_) => tracing::warn!("too many connections: one more was closed"),
                }
            }
        })
    }

    /// `None` when no more can come.
    async fn accept(&mut self) -> Option<(Wire, Peer)> {
        match &mut self.0 {
            Source::InProcess(connections) => Some((Wire::Pipe(connections.recv().await?), Peer::InProcess)),
            Source::Tcp(listener) => loop {
                match listener.accept().await {
                    Ok((stream, from)) => {
                        let _ = stream.set_nodelay(true);
                        return Some((Wire::Tcp(stream), Peer::Tcp(Some(from))));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        tokio::time::sleep(REFUSED_PAUSE).await;
                    }
                }
            },
        }
    }
}

/// The other end of a connection; in the extensions of every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer {
    InProcess,
    Tcp(Option<SocketAddr>),
}

impl Peer {
    /// In this process or on the loopback interface.
    pub(crate) fn is_near(&self) -> bool {
        match self {
            Self::InProcess => true,
            Self::Tcp(from) => from.is_some_and(|from| from.ip().to_canonical().is_loopback()),
        }
    }
}

#[derive(Debug)]
enum Wire {
    Tcp(TcpStream),
    Pipe(DuplexStream),
}

/// An accepted connection; gives its permit back when it closes.
#[derive(Debug)]
pub(crate) struct Connection {
    wire: Wire,
    peer: Peer,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Tcp(wire) => Pin::new(wire).poll_read(cx, buf),
            Wire::Pipe(wire) => Pin::new(wire).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Tcp(wire) => Pin::new(wire).poll_write(cx, buf),
            Wire::Pipe(wire) => Pin::new(wire).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Tcp(wire) => Pin::new(wire).poll_flush(cx),
            Wire::Pipe(wire) => Pin::new(wire).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Tcp(wire) => Pin::new(wire).poll_shutdown(cx),
            Wire::Pipe(wire) => Pin::new(wire).poll_shutdown(cx),
        }
    }
}
