//! What build.rs made of `data/`: enums and tables.
#![allow(
    clippy::doc_markdown,
    reason = "products are called as they are, and the data decides which there are"
)]
#![expect(clippy::unreadable_literal, reason = "sets are written as bits")]
#![expect(missing_docs, reason = "each is documented where it is re-exported")]

use super::date::Date;
use super::resource::{Category, ResourceRow, ServiceRow};
use super::revision::{Listing, RevisionRow};
use super::suggest::{Meaning, Word};

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
