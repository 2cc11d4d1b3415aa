/// Runs all exports of a person, from their present state until nothing is left to do.
fn export_all(app: &mut App, exports: &mut Exports, tokens: &mut Tokens) -> Result<(), Error> {
    loop {
        let now = app.now();
        match exports.poll(&app.google.access(tokens), now) {
            Step::Send(call) => {
                app.store(exports, tokens)?; // Before the call is sent.
                let result = send(&call, |request| app.http(request));
                exports.record(&call, &result, app.now());
            }
            Step::Refresh => {
                let refresh = app.google.refresh(tokens, now);
                let result = send(&refresh, |request| app.http(request));
                exports.record_refresh(&result, app.now());
                if let Ok(refreshed) = result {
                    *tokens = refreshed;
                }
            }
            Step::Download(archive) => match app.download(&archive) {
                Ok(()) => exports.downloaded(&archive.job, app.now()),
                Err(_) => exports.download_again(&archive.job, app.now()), // With fresh links.
            },
            Step::WaitUntil(time, _) => app.sleep_until(time),
            Step::RequestConsent(why) => return Err(why.into()),
            Step::Done => return Ok(()),
        }
        app.store(exports, tokens)?;
    }
}
