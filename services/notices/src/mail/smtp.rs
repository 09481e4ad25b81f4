//! One mail to one server. The client is lettre's connection rather than its transport, so that what a server says after
//! it took the mail, or leaves unsaid, cannot make the mail look lost.

use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use url::Url;

/// How long a server may take to say goodbye.
const FAREWELL: Duration = Duration::from_millis(500);

/// Where mails are handed in.
#[derive(Clone)]
pub(super) struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
    /// For everything up to the server's word about the mail.
    timeout: Duration,
}

#[derive(Clone)]
enum Tls {
    None,
    /// From the first byte.
    Whole(TlsParameters),
    /// By STARTTLS; without it nothing is sent.
    Start(TlsParameters),
}

/// Why a mail was not taken, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotTaken {
    /// A stable name of the contract.
    pub(super) reason: &'static str,
    /// The server's reply; 0 when there was none.
    pub(super) code: i32,
    /// Whether another try makes sense.
    pub(super) again: bool,
}

impl Relay {
    /// From `smtp://HOST[:PORT]`, `smtp://…?tls=required` (STARTTLS) or `smtps://…`, with `USER:PASSWORD@` where the server
    /// wants it. The complaint never repeats the address, which may hold a password.
    pub(super) fn at(address: &str, hello: &str, timeout: Duration) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| format!("the SMTP address is none: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the SMTP address names no host")?.to_owned();
        let parameters = || TlsParameters::new(host.clone()).map_err(|error| format!("TLS: {error}"));
        let query: Vec<_> = url.query_pairs().collect();
        let required = match query.as_slice() {
            [] => false,
            [(key, value)] if key == "tls" && value == "required" => true,
            _ => return Err("of an SMTP address only ?tls=required is understood".to_owned()),
        };
        let (usual, tls) = match (url.scheme(), required) {
            ("smtp", false) => (25, Tls::None),
            ("smtp", true) => (587, Tls::Start(parameters()?)),
            ("smtps", _) => (465, Tls::Whole(parameters()?)),
            _ => return Err("an SMTP address begins with smtp:// or smtps://".to_owned()),
        };
        let decode = |text: &str| {
            let pair = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
            url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
        };
        let credentials =
            url.password().and_then(|password| Some(Credentials::new(decode(url.username())?, decode(password)?)));
        if credentials.is_some() && matches!(tls, Tls::None) && !is_here(&host) {
            return Err("a password goes only over TLS: smtps:// or ?tls=required".to_owned());
        }
        let (port, hello) = (url.port().unwrap_or(usual), ClientId::Domain(hello.to_owned()));
        Ok(Self { host, port, tls, hello, credentials, timeout })
    }

    /// Hands a mail in; answers the server's reply code once it took it.
    pub(super) async fn hand_in(&self, mail: &Message) -> Result<i32, NotTaken> {
        let timed_out = NotTaken { reason: "TIMED_OUT", code: 0, again: true };
        let open = tokio::time::timeout(self.timeout, self.open());
        let mut connection = open.await.map_err(|_| timed_out)?.map_err(|error| not_reached(&error))?;
        let (envelope, body) = (mail.envelope(), mail.formatted());
        let sent = tokio::time::timeout(self.timeout, connection.send(envelope, &body)).await;
        let answer = match sent.map_err(|_| timed_out)? {
            Ok(reply) => Ok(i32::from(u16::from(reply.code()))),
            Err(error) => Err(not_taken(&error)),
        };
        // Whatever comes of this, what was said of the mail stands.
        drop(tokio::time::timeout(FAREWELL, connection.abort()).await);
        answer
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Error> {
        let whole = match &self.tls {
            Tls::Whole(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Start(_) => None,
        };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let timeout = Some(self.timeout);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, timeout, &self.hello, whole, None).await?;
        if let Tls::Start(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

fn is_here(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

fn code_of(error: &Error) -> i32 {
    error.status().map_or(0, |code| i32::from(u16::from(code)))
}

/// Before the mail itself was spoken of, everything may be better next time.
fn not_reached(error: &Error) -> NotTaken {
    let reason = if error.is_timeout() { "TIMED_OUT" } else { "UNREACHABLE" };
    NotTaken { reason, code: code_of(error), again: true }
}

fn not_taken(error: &Error) -> NotTaken {
    let (reason, again) = match () {
        () if error.is_permanent() => ("REFUSED", false),
        () if error.is_transient() => ("REFUSED_FOR_NOW", true),
        () if error.is_timeout() => ("TIMED_OUT", true),
        // The connection broke: the server may have taken it, and its word was lost.
        () => ("CUT_OFF", true),
    };
    NotTaken { reason, code: code_of(error), again }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Result<Relay, String> {
        Relay::at(address, "example.jp", Duration::from_secs(1))
    }

    #[test]
    fn an_address_says_where_and_how() {
        let plain = at("smtp://127.0.0.1:2525").unwrap();
        assert!((plain.host.as_str(), plain.port) == ("127.0.0.1", 2525) && matches!(plain.tls, Tls::None));
        assert!(matches!(
            at("smtps://user:p%40ss@mail.example.jp").unwrap(),
            Relay { port: 465, tls: Tls::Whole(_), .. }
        ));
        let start = at("smtp://mail.example.jp?tls=required").unwrap();
        assert!(start.port == 587 && matches!(start.tls, Tls::Start(_)));
    }

    #[test]
    fn what_would_be_unsafe_or_is_not_understood_is_refused_without_repeating_it() {
        for bad in [
            "smtp://user:hidden@mail.example.jp",
            "smtp://mail.example.jp?tls=hidden",
            "http://hidden.example.jp",
            "hidden",
            "smtp://",
        ] {
            let complaint = at(bad).map(drop).unwrap_err();
            assert!(!complaint.contains("hidden"), "{complaint}");
        }
    }
}
