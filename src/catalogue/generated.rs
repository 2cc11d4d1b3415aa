//! What build.rs made of `data/`: enums and tables.
#![expect(
    clippy::doc_markdown,
    clippy::unreadable_literal,
    reason = "products are called as they are, and sets are written as bits"
)]
#![expect(missing_docs, reason = "each is documented where it is re-exported")]

use super::category::{Category, CategorySource};
use super::date::Date;
use super::resource::ResourceRow;
use super::revision::{Listing, RevisionRow};
use super::service::ServiceRow;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
