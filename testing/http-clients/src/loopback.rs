/// Asks for consent in the user's browser, and waits for the callback.
fn consent(
    google: OAuthClient,
    resources: &[Resource],
    open: impl FnOnce(&str),
) -> Result<(OAuthClient, AuthorizationResponse), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let google = google.loopback_port(listener.local_addr()?.port())?;
    let wanted: Scopes = resources.iter().copied().collect();
    let consent = google.consent(wanted).authorize_url(SystemTime::now())?;
    let consent = consent.ok_or("there is nothing to ask for")?;
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, SystemTime::now());
    open(consent.url.as_str());
    loop {
        let (mut browser, _) = listener.accept()?;
        // Browsers also open connections on which they send nothing.
        browser.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut request = Vec::new(); // GET /?state=…&code=… HTTP/1.1
        BufReader::new(&browser).take(16 << 10).read_until(b'\n', &mut request).ok();
        browser.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nYou can close this.").ok();
        let request = String::from_utf8_lossy(&request);
        let address = request.split(' ').nth(1).unwrap_or_default();
        let query = address.split_once('?').map_or("", |(_, query)| query);
        match pending.complete(query, SystemTime::now()) {
            // Another program, or a browser that asks for an icon.
            Err(_) if !pending.is_empty() => {}
            result => return Ok((google, result?)),
        }
    }
}
