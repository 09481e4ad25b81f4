//! Who calls. Until tokens arrive this comes from metadata that only a trusted peer may send; a token will change the
//! source, and nothing else.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue};

use crate::Role;
use crate::incoming::Peer;

const SUBJECT: &str = "x-activelist-subject";
const ROLES: &str = "x-activelist-roles";
const OWNS: &str = "x-activelist-owns";
/// Longest subject and longest name of an owned object, in bytes of visible ASCII.
const NAME_BYTES: usize = 256;

static NOBODY: LazyLock<Caller> = LazyLock::new(Caller::anonymous);

/// Whose metadata is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// Peers in this process and on the loopback interface. A proxy on the same machine must strip the metadata.
    #[default]
    Near,
    /// Everybody: only on a network where nobody else can connect.
    Any,
}

/// The metadata of a caller does not read; the text says which part and never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// Who a call is from, and on the way out, who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who; empty when unknown. At most 256 bytes of visible ASCII.
    pub subject: String,
    /// What the caller is. Nobody needs [`Role::Anyone`]: it belongs to every caller.
    pub roles: BTreeSet<Role>,
    /// Names of the objects that belong to the caller, such as `experts/…`.
    pub owns: BTreeSet<String>,
}

impl Caller {
    /// A caller with these roles.
    pub fn new(subject: impl Into<String>, roles: impl IntoIterator<Item = Role>) -> Self {
        Self { subject: subject.into(), roles: roles.into_iter().collect(), owns: BTreeSet::new() }
    }

    /// A service of this system.
    pub fn service(name: &str) -> Self {
        Self::new(name, [Role::Service])
    }

    /// Somebody at this machine who said nothing: may operate the system.
    pub fn local() -> Self {
        Self::new("local", [Role::Operator])
    }

    /// Nobody we know: may call what everybody may.
    pub fn anonymous() -> Self {
        Self::new("", [])
    }

    /// The caller of this call, as a handler gets it; nobody when the call came by no server of ours.
    pub fn of<T>(request: &tonic::Request<T>) -> &Self {
        request.extensions().get().unwrap_or(&NOBODY)
    }

    /// Whether the caller has this role.
    pub fn is(&self, role: Role) -> bool {
        role == Role::Anyone || self.roles.contains(&role)
    }

    /// Whether the object is the caller's own; for methods marked `own_only`, asked by the handler that knows the object.
    pub fn owns(&self, name: &str) -> bool {
        self.owns.contains(name)
    }

    pub(crate) fn is_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|&role| self.is(role))
    }

    /// The caller behind a connection and its metadata.
    pub(crate) fn from_call(peer: Option<&Peer>, headers: &HeaderMap, trust: Trust) -> Result<Self, Malformed> {
        if trust == Trust::Near && !peer.is_some_and(Peer::is_near) {
            return Ok(Self::anonymous());
        }
        if ![SUBJECT, ROLES, OWNS].iter().any(|&name| headers.contains_key(name)) {
            return Ok(Self::local());
        }
        let mut subjects = headers.get_all(SUBJECT).iter();
        let (Some(subject), None) = (subjects.next(), subjects.next()) else {
            return Err(Malformed("x-activelist-subject is needed once beside the other x-activelist metadata"));
        };
        let subject =
            name(subject.as_bytes()).ok_or(Malformed("x-activelist-subject is not 1 to 256 visible ASCII"))?;
        let roles = listed(headers, ROLES).map(role).collect::<Option<_>>();
        let owns = listed(headers, OWNS).map(name).collect::<Option<_>>();
        Ok(Self {
            subject,
            roles: roles.ok_or(Malformed("x-activelist-roles names an unknown role"))?,
            owns: owns.ok_or(Malformed("x-activelist-owns holds a name that is not 1 to 256 visible ASCII"))?,
        })
    }

    /// The caller as metadata, for a peer that trusts us.
    pub(crate) fn to_headers(&self) -> Result<HeaderMap, Malformed> {
        let value = |text: &str, complaint| HeaderValue::from_str(text).map_err(|_| Malformed(complaint));
        name(self.subject.as_bytes()).ok_or(Malformed("the subject is not 1 to 256 visible ASCII"))?;
        let mut headers = HeaderMap::from_iter([(
            SUBJECT.parse().map_err(|_| Malformed(SUBJECT))?,
            value(&self.subject, "the subject")?,
        )]);
        let roles: Vec<String> = self.roles.iter().map(|&role| word(role)).collect();
        headers.insert(ROLES, value(&roles.join(","), "the roles")?);
        for owned in &self.owns {
            let complaint = "an owned name is not 1 to 256 visible ASCII without a comma";
            name(owned.as_bytes()).filter(|owned| !owned.contains(',')).ok_or(Malformed(complaint))?;
            headers.append(OWNS, value(owned, complaint)?);
        }
        Ok(headers)
    }
}

/// The parts of a comma-separated header, however often it is repeated; empty parts are skipped.
fn listed<'h>(headers: &'h HeaderMap, header: &str) -> impl Iterator<Item = &'h [u8]> {
    let values = headers.get_all(header).into_iter();
    values
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|part| !part.is_empty())
}

fn name(bytes: &[u8]) -> Option<String> {
    let visible = bytes.iter().all(u8::is_ascii_graphic);
    let fits = (1..=NAME_BYTES).contains(&bytes.len());
    (visible && fits).then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// The contract's `ROLE_PORTAL` is `portal` in metadata.
fn word(role: Role) -> String {
    role.as_str_name().trim_start_matches("ROLE_").to_ascii_lowercase()
}

fn role(word: &[u8]) -> Option<Role> {
    let word = std::str::from_utf8(word).ok()?;
    let name = format!("ROLE_{}", word.to_ascii_uppercase());
    Role::from_str_name(&name).filter(|&role| role != Role::Unspecified)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: Peer =
        Peer::Tcp(Some(std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9)));

    fn far() -> Peer {
        Peer::Tcp(Some("192.0.2.7:9".parse().unwrap()))
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_far_peer_is_nobody_whatever_it_says() {
        let boast = headers(&[(SUBJECT, "admin"), (ROLES, "operator")]);
        assert_eq!(Caller::from_call(Some(&far()), &boast, Trust::Near), Ok(Caller::anonymous()));
        assert_eq!(Caller::from_call(None, &boast, Trust::Near), Ok(Caller::anonymous()));
        assert!(Caller::from_call(Some(&far()), &boast, Trust::Any).unwrap().is(Role::Operator));
    }

    #[test]
    fn a_near_peer_is_believed_and_is_the_operator_when_silent() {
        assert_eq!(Caller::from_call(Some(&LOOPBACK), &HeaderMap::new(), Trust::Near), Ok(Caller::local()));
        let mapped = Peer::Tcp(Some("[::ffff:127.0.0.1]:9".parse().unwrap()));
        assert_eq!(Caller::from_call(Some(&mapped), &HeaderMap::new(), Trust::Near), Ok(Caller::local()));
        let said = headers(&[(SUBJECT, "p-1"), (ROLES, "portal, expert"), (OWNS, "experts/1,experts/2")]);
        let caller = Caller::from_call(Some(&Peer::InProcess), &said, Trust::Near).unwrap();
        assert!(
            caller.is(Role::Portal) && caller.is(Role::Expert) && caller.is(Role::Anyone) && !caller.is(Role::Operator)
        );
        assert!(caller.owns("experts/2") && !caller.owns("experts/3"));
    }

    #[test]
    fn half_a_story_is_refused() {
        for bad in [
            &[(ROLES, "operator")][..],
            &[(SUBJECT, "")],
            &[(SUBJECT, "two words")],
            &[(SUBJECT, &"x".repeat(257))],
            &[(SUBJECT, "a"), (SUBJECT, "b")],
            &[(SUBJECT, "a"), (ROLES, "root")],
            &[(SUBJECT, "a"), (ROLES, "unspecified")],
        ] {
            let mut said = HeaderMap::new();
            for (name, value) in bad {
                said.append(*name, value.parse().unwrap());
            }
            assert!(Caller::from_call(Some(&LOOPBACK), &said, Trust::Near).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_caller_survives_the_wire() {
        let mut caller = Caller::new("e-7", [Role::Expert, Role::Counsellor]);
        caller.owns = ["experts/7".to_owned(), "responses/9".to_owned()].into();
        assert_eq!(Caller::from_call(Some(&LOOPBACK), &caller.to_headers().unwrap(), Trust::Near), Ok(caller));
        assert!(Caller::new("山田", []).to_headers().is_err());
        assert!(Caller::anonymous().to_headers().is_err());
    }
}
