//! A mail address that can stand in an envelope and a header.

/// Longest address (RFC 5321).
const BYTES: usize = 254;

/// The address without white space around it, when it is one: one `@`, a domain with a point or `localhost`, and nothing
/// that could end a header line or begin another address.
pub fn clean(given: &str) -> Option<String> {
    let address = given.trim();
    let (local, domain) = address.split_once('@')?;
    let plain = |text: &str| {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
        !text.is_empty() && text.bytes().all(fine) && !text.starts_with('.') && !text.ends_with('.')
    };
    let host = |text: &str| {
        let label =
            |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        text.split('.').all(label) && (text.contains('.') || text == "localhost")
    };
    (address.len() <= BYTES && plain(local) && !local.contains("..") && host(domain)).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_is_one() {
        assert_eq!(clean(" a.b+c@example.jp ").as_deref(), Some("a.b+c@example.jp"));
        assert_eq!(clean("root@localhost").as_deref(), Some("root@localhost"));
        let bad = [
            "",
            "a",
            "@example.jp",
            "a@",
            "a@b",
            "a b@example.jp",
            "a@example.jp\r\nBcc: b@example.jp",
            "a@b@example.jp",
            "<a@example.jp>",
            "a,b@example.jp",
            "a@example..jp",
            ".a@example.jp",
            "山田@example.jp",
            "a@[127.0.0.1]",
        ];
        for bad in bad {
            assert_eq!(clean(bad), None, "{bad}");
        }
        assert_eq!(clean(&format!("{}@example.jp", "a".repeat(300))), None);
    }
}
