//! A mail server of the test's own: it speaks SMTP over TCP, and behaves as it is told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How it behaves from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes every mail.
    Takes,
    /// Knows no recipient: 550.
    Refuses,
    /// Wants to be asked again later: 451.
    Later,
    /// Reads the mail and never says a word of it.
    Silent,
    /// Reads the mail and dies.
    Dies,
    /// Takes the mail and then hangs up without a goodbye, or never says one.
    TakesAndHangs,
}

/// A mail, as it was handed in.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
}

/// The server; ends with it.
pub(crate) struct Smtp {
    pub(crate) url: String,
    manner: Arc<Mutex<Manner>>,
    /// Mails that it said it took.
    taken: Arc<Mutex<Vec<Mail>>>,
    /// Connections that were opened.
    calls: Arc<Mutex<usize>>,
    listening: JoinHandle<()>,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Smtp {
    pub(crate) async fn open(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let manner = Arc::new(Mutex::new(manner));
        let (taken, calls) = (Arc::new(Mutex::default()), Arc::new(Mutex::new(0)));
        let (how, keep, count) = (manner.clone(), taken.clone(), calls.clone());
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                *count.lock().unwrap() += 1;
                let (how, keep) = (how.clone(), keep.clone());
                tokio::spawn(async move { drop(talk(stream, how, keep).await) });
            }
        });
        Self { url, manner, taken, calls, listening }
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn taken(&self) -> Vec<Mail> {
        self.taken.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> usize {
        *self.calls.lock().unwrap()
    }
}

async fn talk(stream: TcpStream, how: Arc<Mutex<Manner>>, keep: Arc<Mutex<Vec<Mail>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail { from: String::new(), to: vec![], data: String::new() };
    stream.write_all(b"220 test\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let manner = *how.lock().unwrap();
        let (verb, rest) = line.trim_end().split_once([' ', ':']).unwrap_or((line.trim_end(), ""));
        let answer = match (verb.to_ascii_uppercase().as_str(), manner) {
            ("EHLO" | "HELO", _) => "250 test",
            ("MAIL", _) => {
                rest.clone_into(&mut mail.from);
                "250 ok"
            }
            ("RCPT", Manner::Refuses) => "550 nobody of that name",
            ("RCPT", Manner::Later) => "451 come back later",
            ("RCPT", _) => {
                mail.to.push(rest.to_owned());
                "250 ok"
            }
            ("DATA", _) => {
                stream.write_all(b"354 go on\r\n").await?;
                mail.data = body(&mut stream).await?;
                match manner {
                    Manner::Silent => return std::future::pending().await,
                    Manner::Dies => return Ok(()),
                    _ => {}
                }
                keep.lock().unwrap().push(mail.clone());
                stream.write_all(b"250 taken\r\n").await?;
                if manner == Manner::TakesAndHangs {
                    return std::future::pending().await;
                }
                continue;
            }
            ("QUIT", _) => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "500 what?",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

impl Mail {
    /// The header lines, unfolded.
    pub(crate) fn headers(&self) -> Vec<String> {
        let (head, _) = self.data.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
    }

    /// A header, its encoded words decoded.
    pub(crate) fn header(&self, name: &str) -> String {
        let headers = self.headers();
        let start = format!("{name}: ");
        let value = headers.iter().find_map(|line| line.strip_prefix(&start)).unwrap_or_default();
        let mut text = Vec::new();
        let mut encoded_before = false;
        for word in value.split(' ') {
            let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
            // White space between two encoded words is none.
            let together = encoded_before && encoded.is_some();
            if !text.is_empty() && !together {
                text.push(b' ');
            }
            text.extend(encoded.map_or_else(|| word.as_bytes().to_vec(), base64));
            encoded_before = encoded.is_some();
        }
        String::from_utf8(text).unwrap()
    }

    /// The text, decoded.
    pub(crate) fn text(&self) -> String {
        let (_, body) = self.data.split_once("\r\n\r\n").unwrap();
        String::from_utf8(base64(body)).unwrap().replace("\r\n", "\n")
    }
}

fn base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes().filter_map(|byte| alphabet.iter().position(|known| *known == byte)) {
        bits = (bits << 6 | digit as u32) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}
