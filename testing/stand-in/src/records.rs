//! What archives hold: made-up records in the forms that Google's schema reference documents.
//!
//! The fields of a group are those of its page
//! (`developers.google.com/data-portability/schema-reference/…`) or, where the page names none or
//! is stored in other languages only, of exports that people published. Every other group is a
//! JSON list of titles and times, which is a guess.

use std::time::{Duration, SystemTime};

use maud::{DOCTYPE, html};
use serde_json::{Value, json};

use crate::google::unix_seconds;
use crate::jobs::Export;
use crate::rfc3339::rfc3339;

/// How many records there are of a group in each part.
pub(crate) const RECORDS: u32 = 5;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A file of an archive.
pub(crate) struct File {
    /// The folder below `Portability/`. It belongs to a service.
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// A record: its number, from 1 on over all parts, and its time.
struct Record {
    number: u32,
    time: SystemTime,
}

/// Returns the file of a group in a part, counted from 1.
pub(crate) fn file(export: &Export, group: &str, part: u32) -> File {
    let records: Vec<Record> = (1..=RECORDS)
        .map(|index| {
            let number = part.saturating_sub(1) * RECORDS + index;
            let time = export.end.checked_sub(HOUR * number);
            Record { number, time: time.max(export.start).unwrap_or(export.end) }
        })
        .collect();
    let (service, leaf) = group.split_once('.').unwrap_or((group, group));
    let (folder, stem, extension, content) = match group {
        "youtube.subscriptions" => ("", "subscriptions", "csv", subscriptions(&records)),
        "youtube.comments" => ("", "comments", "csv", comments(&records)),
        "chrome.history" => ("", "History", "json", history(&records)),
        "chrome.bookmarks" => ("", "Bookmarks", "html", bookmarks(&records)),
        "maps.reviews" => ("", "Reviews", "json", places(&records, true)),
        "maps.starred_places" => ("", "Saved Places", "json", places(&records, false)),
        "discover.follows" => ("", "Follows", "csv", follows(&records)),
        "discover.not_interested" => ("", "Not Interested", "csv", not_interested(&records)),
        _ if service == "myactivity" => {
            let product = product(leaf);
            (product, "MyActivity", "json", activity(&records, product))
        }
        _ => ("", leaf, "json", titles(&records, group)),
    };
    let part = match part {
        1 => String::new(),
        part => format!("({})", part - 1),
    };
    let folder = [&*folder_of(service), folder].join("/");
    File {
        folder: folder.trim_end_matches('/').to_owned(),
        name: format!("{stem}{part}.{extension}"),
        content: content.into_bytes(),
    }
}

/// The folder of a service: the name that Google gives the service in exports, as far as known.
pub(crate) fn folder_of(service: &str) -> String {
    match service {
        "chrome" => "Chrome".to_owned(),
        "discover" => "Discover".to_owned(),
        "maps" => "Maps (your places)".to_owned(),
        "myactivity" => "My Activity".to_owned(),
        "saved" => "Saved".to_owned(),
        "youtube" => "YouTube and YouTube Music".to_owned(),
        other => other.to_owned(),
    }
}

/// The product whose activity a group has.
fn product(leaf: &str) -> &str {
    match leaf {
        "maps" => "Maps",
        "myadcenter" => "My Ad Center",
        "play" => "Google Play Store",
        "search" => "Search",
        "shopping" => "Shopping",
        "youtube" => "YouTube",
        other => other,
    }
}

/// Writes CSV (RFC 4180).
fn csv(columns: &str, rows: impl Iterator<Item = Vec<String>>) -> String {
    let quote = |field: &String| {
        if field.contains([',', '"', '\n']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    };
    let rows = rows.map(|row| row.iter().map(quote).collect::<Vec<_>>().join(","));
    std::iter::once(columns.to_owned()).chain(rows).map(|line| line + "\n").collect()
}

const CHANNELS: [&str; 5] = [
    "Slow Kitchen",
    "Bridges, Explained",
    "Ada \"Cello\" Marin",
    "Nordlicht & Söhne",
    "The Tide Table",
];

fn of<'t>(texts: &[&'t str], record: &Record) -> &'t str {
    let index = record.number.saturating_sub(1) as usize % texts.len();
    texts.get(index).copied().unwrap_or_default()
}

fn subscriptions(records: &[Record]) -> String {
    let row = |record: &Record| {
        let id = format!("UC{:022}", record.number);
        let url = format!("http://www.youtube.com/channel/{id}");
        vec![id, url, of(&CHANNELS, record).to_owned()]
    };
    csv("Channel Id,Channel Url,Channel Title", records.iter().map(row))
}

fn comments(records: &[Record]) -> String {
    let row = |record: &Record| {
        let text = format!("{}: thank you, that helped!", of(&CHANNELS, record));
        vec![
            format!("Ug{:024}", record.number),
            "UC0000000000000000000000".to_owned(),
            rfc3339(record.time).replace('Z', "+00:00"),
            "0".to_owned(),
            String::new(),
            String::new(),
            format!("v{:010}", record.number),
            json!({ "text": text }).to_string(),
            String::new(),
        ]
    };
    let columns = "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,\
                   Post ID,Video ID,Comment Text,Top-Level Comment ID";
    csv(columns, records.iter().map(row))
}

const SEARCHES: [&str; 5] = [
    "night train to vienna",
    "how long do lentils keep",
    "bicycle pump presta",
    "tide table saint-malo",
    "cello lessons for adults",
];

fn activity(records: &[Record], product: &str) -> String {
    let record = |record: &Record| {
        let searched = of(&SEARCHES, record);
        json!({
            "header": product,
            "title": format!("Searched for {searched}"),
            "titleUrl": format!("https://www.google.com/search?q={}", searched.replace(' ', "+")),
            "time": rfc3339(record.time).replace('Z', ".000Z"),
            "products": [product],
            "activityControls": ["Web & App Activity"],
        })
    };
    records.iter().map(record).collect::<Value>().to_string()
}

fn history(records: &[Record]) -> String {
    let visit = |record: &Record| {
        json!({
            "favicon_url": "https://example.com/favicon.ico",
            "page_transition": "LINK",
            "title": of(&SEARCHES, record),
            "url": format!("https://example.com/pages/{}", record.number),
            "client_id": "bm90IGEgY2xpZW50IGlk",
            "time_usec": unix_seconds(record.time) * 1_000_000,
        })
    };
    json!({ "Browser History": records.iter().map(visit).collect::<Value>() }).to_string()
}

/// The Netscape bookmark file that all browsers write.
fn bookmarks(records: &[Record]) -> String {
    let list = html! {
        (DOCTYPE)
        title { "Bookmarks" }
        h1 { "Bookmarks" }
        dl {
            @for record in records {
                dt {
                    a href=(format!("https://example.com/pages/{}", record.number))
                        add_date=(unix_seconds(record.time)) { (of(&SEARCHES, record)) }
                }
            }
        }
    };
    let list = list.into_string();
    list.replace("<!DOCTYPE html>", "<!DOCTYPE NETSCAPE-Bookmark-file-1>")
}

const PLACES: [(&str, &str, &str, f64, f64); 5] = [
    ("Café Zwirn", "Lange Gasse 7, Wien", "AT", 16.351, 48.209),
    ("Librairie du Port", "3 Quai Duguay, Saint-Malo", "FR", -2.026, 48.649),
    ("Cykelværket", "Nørrebrogade 11, København", "DK", 12.553, 55.689),
    ("Mercado da Ribeira", "Av. 24 de Julho, Lisboa", "PT", -9.146, 38.707),
    ("Kapelica", "Gornji trg 2, Ljubljana", "SI", 14.507, 46.047),
];

/// Places as `GeoJSON`, with a review or only starred.
fn places(records: &[Record], reviewed: bool) -> String {
    let place = |record: &Record| {
        let index = record.number.saturating_sub(1) as usize % PLACES.len();
        let (name, address, country, longitude, latitude) = PLACES[index];
        let mut properties = json!({
            "date": rfc3339(record.time),
            "google_maps_url": format!("http://maps.google.com/?cid={}", 1000 + record.number),
            "location": { "address": address, "country_code": country, "name": name },
        });
        if reviewed {
            properties["five_star_rating_published"] = json!(record.number % 5 + 1);
            properties["review_text_published"] = json!("Friendly, and the coffee is good.");
        }
        json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": [longitude, latitude] },
            "properties": properties,
        })
    };
    let places: Value = records.iter().map(place).collect();
    json!({ "type": "FeatureCollection", "features": places }).to_string()
}

fn follows(records: &[Record]) -> String {
    let row = |record: &Record| vec![of(&CHANNELS, record).to_owned()];
    csv("followed_entity", records.iter().map(row))
}

fn not_interested(records: &[Record]) -> String {
    const SETTINGS: [&str; 3] = ["not_interested", "blocked", "not_preferred"];
    let row = |record: &Record| {
        let texts = [of(&CHANNELS, record), of(&SETTINGS, record)];
        texts.map(str::to_owned).to_vec()
    };
    csv("entity_name,setting_value", records.iter().map(row))
}

fn titles(records: &[Record], group: &str) -> String {
    let record = |record: &Record| {
        json!({
            "title": format!("Made-up record {} of {group}", record.number),
            "time": rfc3339(record.time),
        })
    };
    records.iter().map(record).collect::<Value>().to_string()
}
