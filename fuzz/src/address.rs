use std::net::{Ipv4Addr, Ipv6Addr};

/// Returns whether an address is so plain that it has to be accepted: a scheme, a host, and perhaps
/// a port and a path.
pub fn is_plain_address(address: &str) -> bool {
    let port_and_path = if let Some(rest) = address.strip_prefix("http://") {
        let localhost = "localhost".to_owned();
        let ipv4 = Ipv4Addr::LOCALHOST.to_string();
        let ipv6 = format!("[{}]", Ipv6Addr::LOCALHOST);
        let hosts = [localhost, ipv4, ipv6];
        hosts.iter().find_map(|host| rest.strip_prefix(&**host))
    } else {
        address.strip_prefix("https://").and_then(after_name)
    };
    let Some(rest) = port_and_path else {
        return false;
    };
    let path = match rest.strip_prefix(':') {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (port, path) = rest.split_at(end);
            let is_digits = port.bytes().all(|byte| byte.is_ascii_digit());
            if !is_digits || !(1..=4).contains(&port.len()) || port.starts_with('0') {
                return false;
            }
            path
        }
        None => rest,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_');
    path.is_empty() || path.starts_with('/') && path.bytes().all(plain)
}

/// Returns what follows a host of two or more words, which is none that Google excludes.
fn after_name(text: &str) -> Option<&str> {
    let end = text.find([':', '/']).unwrap_or(text.len());
    let (host, rest) = text.split_at(end);
    let is_word = |word: &str| {
        (1..=63).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_plain = host.len() <= 253
        && host.contains('.')
        && host.split('.').all(is_word)
        && !host.ends_with("goo.gl")
        && !host.ends_with("googleusercontent.com");
    is_plain.then_some(rest)
}
