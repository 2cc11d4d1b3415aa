//! Archives and the signed URLs that lead to them.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, result::ZipResult};

use crate::audit::Rule;
use crate::google::{Google, unix_seconds};
use crate::jobs::Job;
use crate::parameters::{self, Parameters};
use crate::records;
use crate::reply::{self, Request, Response};
use crate::rfc3339::rfc3339;

/// How long a signed URL can be used.
const SIGNED_FOR: Duration = Duration::from_secs(6 * 60 * 60);

impl Google {
    /// Returns signed URLs for the files of a job's archive.
    pub(crate) fn signed_urls(&self, job: &Job, now: SystemTime) -> Vec<String> {
        let expires = unix_seconds(now + SIGNED_FOR).to_string();
        (1..=job.files())
            .map(|number| {
                let path = format!("/archives/{}/{number}.zip", job.id);
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
    pub(crate) fn download(&mut self, request: &Request, now: SystemTime) -> Response {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        let signed = Parameters::read(query.as_bytes()).ok().and_then(|query| {
            let expires = query.get("Expires")?.parse::<u64>().ok()?;
            let signature = self.sign(&format!("{path} {expires}"));
            (query.get("Signature") == Some(&*signature)).then_some(expires)
        });
        let Some(expires) = signed else {
            return storage_error(403, "SignatureDoesNotMatch", "The signature does not match.");
        };
        let found = path
            .strip_prefix("/archives/")
            .and_then(|path| path.strip_suffix(".zip"))
            .and_then(|path| path.split_once('/'))
            .and_then(|(id, number)| Some((self.jobs.get_mut(id)?, number.parse::<u32>().ok()?)))
            .filter(|(job, number)| job.has_archive(now) && (1..=job.files()).contains(number));
        let account = found.as_ref().map(|(job, _)| job.account.clone());
        if expires <= unix_seconds(now) {
            let text = "a signed URL was used after its 6 hours";
            self.audit.find(now, account.as_deref(), Rule::ExpiredUrl, text);
            return storage_error(403, "ExpiredToken", "The URL has expired.");
        }
        let Some((job, number)) = found else {
            return storage_error(404, "NoSuchKey", "The archive does not exist, or no longer.");
        };
        let Ok(archive) = archive(job, number) else {
            return storage_error(500, "InternalError", "The archive could not be written.");
        };
        job.downloaded.insert(number);
        let groups = job.export.resources.clone();
        self.audit.count(account.as_deref(), |counts| {
            counts.downloads += 1;
            for group in &groups {
                *counts.downloads_of.entry(group.clone()).or_default() += 1;
            }
        });
        reply::reply(200, "application/zip", archive)
    }
}

fn storage_error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    reply::reply(status, "application/xml; charset=utf-8", body)
}

/// A file of an archive, counted from 1: the index, then the parts with the data.
fn archive(job: &Job, number: u32) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    match number.checked_sub(2) {
        None => {
            archive.start_file("Portability/archive_browser.json", options)?;
            archive.write_all(index(job).to_string().as_bytes())?;
        }
        Some(part) => {
            for group in &job.export.resources {
                let (name, content) = records::file(&job.export, group, part + 1);
                let folder = records::folder_of(service_of(group));
                archive.start_file(format!("Portability/{folder}/{name}"), options)?;
                archive.write_all(content.as_bytes())?;
            }
        }
    }
    Ok(archive.finish()?.into_inner())
}

pub(crate) fn service_of(group: &str) -> &str {
    group.split('.').next().unwrap_or_default()
}

/// The index of an archive. Which group a file belongs to is said so that a test can tell whose
/// archive it is: `resourceGroup` is not in Google's.
fn index(job: &Job) -> Value {
    let mut services: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for group in &job.export.resources {
        services.entry(service_of(group)).or_default().push(group);
    }
    let mut total = 0;
    let mut status = Vec::new();
    for (service, groups) in services {
        let folder = records::folder_of(service);
        let mut files = Vec::new();
        let mut size = 0;
        let parts = |group| (1..=job.parts).map(move |part| (group, part));
        for (group, part) in groups.into_iter().flat_map(parts) {
            let (name, content) = records::file(&job.export, group, part);
            size += content.len();
            files.push(json!({
                "name": name,
                "extension": name.rsplit('.').next(),
                "state": "EXTRACTED",
                "urlSafeName": name,
                "resourceGroup": group,
            }));
        }
        total += size;
        status.push(json!({
            "service": { "name": service.to_uppercase() },
            "localizedServiceName": folder,
            "folderName": folder,
            "isIncomplete": job.incomplete,
            "extractedFileTotal": files.len().to_string(),
            "extractedFileSize": size.to_string(),
            "deletedFileCount": "0",
            "extractedFile": files,
        }));
    }
    json!({
        "creationTime": rfc3339(job.started),
        "totalSize": total.to_string(),
        "serviceStatus": status,
    })
}
