/// Returns what a user sees of their exports: how far each is, and the links to its files.
fn page(exports: &Exports, now: SystemTime) -> String {
    let mut page = String::new();
    for export in exports.iter() {
        let names: Vec<&str> = export.resources().names().collect();
        page += &format!("<h2>{}</h2><p>{}", names.join(", "), export.progress());
        if let Some(reason) = export.given_up() {
            page += &format!(": {reason}");
        } else if let Some(archive) = export.archive(now) {
            for (index, url) in archive.files.iter().enumerate() {
                let url = url.as_str().replace('&', "&amp;").replace('"', "&quot;");
                page += &format!(", <a href=\"{url}\">file {}</a>", index + 1);
            }
        } else if let Some((_, why)) = export.waits_until().filter(|(time, _)| *time > now) {
            page += &format!(": {why}");
        }
        page += "</p>\n";
    }
    page
}
