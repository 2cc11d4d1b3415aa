//! Archives and the signed URLs that lead to them.

use std::io::{Cursor, Write};
use std::time::{Duration, SystemTime};

use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, result::ZipResult};

use crate::audit::Rule;
use crate::google::Google;
use crate::jobs::Job;
use crate::parameters::{self, Parameters};
use crate::reply;
use crate::rfc3339::rfc3339;

/// How long a signed URL can be used.
const SIGNED_FOR: Duration = Duration::from_secs(6 * 60 * 60);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How many records there are of a resource in each file.
const RECORDS: u32 = 5;

impl Google {
    /// Returns signed URLs for the files of a job's archive.
    pub(crate) fn signed_urls(&self, job: &Job, now: SystemTime) -> Vec<String> {
        let expires = unix_seconds(now + SIGNED_FOR).to_string();
        (1..=job.parts)
            .map(|part| {
                let path = format!("/archives/{}/{part}.zip", job.id);
                let signature = self.sign(&format!("{path} {expires}"));
                let query = parameters::query([
                    ("GoogleAccessId", "stand-in"),
                    ("Expires", &*expires),
                    ("Signature", &*signature),
                ]);
                format!("{}{path}?{query}", self.config.base_url)
            })
            .collect()
    }

    /// A file of an archive.
    pub(crate) fn download(
        &mut self,
        request: &Request<Vec<u8>>,
        path: &str,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        let denied = |code, message| storage_error(StatusCode::FORBIDDEN, code, message);
        let query = request.uri().query().unwrap_or_default();
        let signed = Parameters::read(query.as_bytes()).ok().and_then(|query| {
            let expires = query.get("Expires")?.parse::<u64>().ok()?;
            let signature = self.sign(&format!("{path} {expires}"));
            (query.get("Signature") == Some(&*signature)).then_some(expires)
        });
        let Some(expires) = signed else {
            return denied("SignatureDoesNotMatch", "The signature does not match.");
        };
        let found = path
            .strip_prefix("/archives/")
            .and_then(|path| path.strip_suffix(".zip"))
            .and_then(|path| path.split_once('/'))
            .and_then(|(id, part)| Some((self.jobs.get(id)?, part.parse::<u32>().ok()?)))
            .filter(|(job, part)| job.has_archive(now) && (1..=job.parts).contains(part));
        let account = found.map(|(job, _)| job.account.clone());
        if expires <= unix_seconds(now) {
            let text = "a signed URL was used after its 6 hours";
            self.find(now, account.as_deref(), Rule::ExpiredUrl, text);
            return denied("ExpiredToken", "The URL has expired.");
        }
        let Some((job, part)) = found else {
            return storage_error(
                StatusCode::NOT_FOUND,
                "NoSuchKey",
                "The archive does not exist, or no longer.",
            );
        };
        match archive(job, part) {
            Ok(archive) => {
                self.audit
                    .count(account.as_deref(), |counts| counts.downloads += 1);
                reply::reply(StatusCode::OK, "application/zip", archive)
            }
            Err(_) => storage_error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                "The archive could not be written.",
            ),
        }
    }
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

fn storage_error(status: StatusCode, code: &str, message: &str) -> Response<Vec<u8>> {
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    reply::reply(status, "application/xml; charset=utf-8", body)
}

/// A zip archive with a file of made-up records for each resource.
fn archive(job: &Job, part: u32) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for resource in &job.export.resources {
        archive.start_file(format!("{resource}/{part}.json"), options)?;
        archive.write_all(records(job, resource, part).to_string().as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn records(job: &Job, resource: &str, part: u32) -> Value {
    (0..RECORDS)
        .map(|index| {
            let number = part.saturating_sub(1) * RECORDS + index + 1;
            let time = job.export.end.checked_sub(HOUR * number);
            let time = time.max(job.export.start);
            json!({
                "title": format!("Made-up record {number} of {resource}"),
                "time": time.map(rfc3339),
            })
        })
        .collect()
}
