/// Returns what a user sees of their exports: how far each is, and the links to its files.
fn page(exports: &Exports, now: SystemTime) -> String {
    let section = |export: Export<'_>| {
        let names: Vec<&str> = export.resources().names().collect();
        let wait = export.waits_until().filter(|(time, _)| *time > now);
        let more = match (export.given_up(), export.archive(now), wait) {
            (Some(reason), ..) => format!(": {reason}"),
            (_, Some(archive), _) => archive.files.iter().map(link).collect(),
            (.., Some((_, why))) => format!(": {why}"),
            _ => String::new(),
        };
        let progress = export.progress();
        format!("<h2>{}</h2><p>{progress}{more}</p>\n", names.join(", "))
    };
    exports.iter().map(section).collect()
}

fn link(url: &SignedUrl) -> String {
    let url = url.as_str().replace('&', "&amp;").replace('"', "&quot;");
    format!(" <a href=\"{url}\">file</a>")
}
