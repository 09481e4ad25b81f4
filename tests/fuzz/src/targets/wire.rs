//! What stands around a call: who calls, how long it may take, in which trace.

use kit_serve::hostile::{caller, headers, timeout, timeout_header};
use kit_serve::{Caller, Trust};
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] = &[
    "x-activelist-subject",
    "x-activelist-roles",
    "x-activelist-owns",
    "grpc-timeout",
    "traceparent",
    "operator",
    "service",
    "portal",
    "anyone",
    "unspecified",
    "experts/1",
    "99999999H",
    "0n",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let lines = [
        ["x-activelist-subject", "p-1"],
        ["x-activelist-roles", "portal, expert"],
        ["x-activelist-owns", "experts/1,experts/2"],
        ["grpc-timeout", "99999999H"],
        ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ];
    vec![[vec![0], parts(lines.concat())].concat(), [vec![3], parts(lines[2..].concat())].concat()]
}

/// A caller from afar is nobody; one that was understood can be said again; a timeout is never longer when it is passed on.
pub(super) fn read(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let flags = bytes.byte();
    let (near, trust) = (flags & 1 == 0, if flags & 2 == 0 { Trust::Near } else { Trust::Any });
    let mut map = HeaderMap::new();
    while !bytes.is_empty() {
        let (name, value) = (HeaderName::from_bytes(bytes.part()), HeaderValue::from_bytes(bytes.part()));
        if let (Ok(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    if let Ok(found) = caller(&map, near, trust) {
        assert!(near || trust == Trust::Any || found == Caller::anonymous(), "{found:?}");
        if found != Caller::anonymous() {
            let said = headers(&found).expect("who was understood can be said");
            assert_eq!(caller(&said, true, trust), Ok(found));
        }
    }
    if let Ok(Some(asked)) = timeout(&map) {
        let passed = HeaderMap::from_iter([(HeaderName::from_static("grpc-timeout"), timeout_header(asked))]);
        let passed = timeout(&passed).expect("what we write reads").expect("it is there");
        assert!(passed <= asked && (passed == asked || asked.as_millis() > 99_999), "{asked:?} became {passed:?}");
    }
}
