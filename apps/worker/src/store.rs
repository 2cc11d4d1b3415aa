//! The database: which export is due, and who may work on it.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use app_runtime::{Sealer, unix_time};
use dataportability_scopes::api::export::Export;
use dataportability_scopes::consent::Tokens;
use tokio_postgres::types::Json;
use tokio_postgres::{Client, NoTls, Transaction};

/// Where sealed tokens are stored: they open nowhere else.
const PLACE: &str = "tokens";

/// A connection to the database. Each task of a worker has its own.
#[derive(Debug)]
pub struct Store {
    client: Client,
    sealer: Sealer,
}

/// An export that this task holds until its lease ends.
#[derive(Debug)]
pub struct Held {
    /// The row of the export.
    pub id: i64,
    /// The row of its tokens.
    pub token_id: i64,
    /// What to do next.
    pub export: Export,
    /// The tokens that it is done with.
    pub tokens: Tokens,
    holder: i64,
}

impl Store {
    /// Connects to the database.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn connect(database_url: &str, sealer: Sealer) -> anyhow::Result<Store> {
        let (client, connection) = tokio_postgres::connect(database_url, NoTls)
            .await
            .context("DATABASE_URL cannot be reached")?;
        // It ends when the client is dropped. What goes wrong shows in the queries.
        tokio::spawn(connection);
        Ok(Store { client, sealer })
    }

    /// Creates the tables, and returns the epoch of the clock that all workers share: the one of
    /// whoever came first.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn prepare(&mut self, epoch: u64) -> anyhow::Result<u64> {
        let transaction = self.client.transaction().await?;
        // Creating the same table in two sessions at once fails.
        transaction
            .batch_execute("SELECT pg_advisory_xact_lock(7390128)")
            .await?;
        transaction
            .batch_execute(include_str!("schema.sql"))
            .await?;
        transaction
            .execute(
                "INSERT INTO clock (epoch) VALUES ($1) ON CONFLICT DO NOTHING",
                &[&i64::try_from(epoch)?],
            )
            .await?;
        let epoch: i64 = transaction
            .query_one("SELECT epoch FROM clock", &[])
            .await?
            .get(0);
        transaction.commit().await?;
        Ok(u64::try_from(epoch)?)
    }

    /// Adds the tokens of a consent. Returns their id.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn add_tokens(&self, user: &str, tokens: &Tokens) -> anyhow::Result<i64> {
        let row = self
            .client
            .query_one(
                "INSERT INTO tokens (user_id, sealed) VALUES ($1, $2) RETURNING id",
                &[&user, &self.sealer.seal(tokens, PLACE)?],
            )
            .await?;
        Ok(row.get(0))
    }

    /// Adds an export, which is due at once.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn add_export(
        &self,
        token_id: i64,
        export: &Export,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        self.client
            .execute(
                "INSERT INTO exports (token_id, export, next_at) VALUES ($1, $2, $3)",
                &[&token_id, &Json(export), &microseconds(now)],
            )
            .await?;
        Ok(())
    }

    /// Takes an export that is due, and lets `begin` change it before it is stored with a lease.
    ///
    /// A row that another worker is taking at the same time is skipped. One whose lease has ended is
    /// due again: its worker was killed, and what the export says of the call in flight tells how to
    /// go on.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn take<T>(
        &mut self,
        now: SystemTime,
        lease: Duration,
        begin: impl FnOnce(&mut Held) -> T,
    ) -> anyhow::Result<Option<(Held, T)>> {
        let transaction = self.client.transaction().await?;
        let row = transaction
            .query_opt(
                "SELECT exports.id, token_id, export, holder + 1, sealed
                 FROM exports JOIN tokens ON tokens.id = token_id
                 WHERE next_at <= $1 ORDER BY next_at LIMIT 1
                 FOR UPDATE OF exports SKIP LOCKED",
                &[&microseconds(now)],
            )
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let Json(export) = row.get(2);
        let mut held = Held {
            id: row.get(0),
            token_id: row.get(1),
            export,
            tokens: self.sealer.open(row.get(4), PLACE)?,
            holder: row.get(3),
        };
        let result = begin(&mut held);
        transaction
            .execute(
                "UPDATE exports SET export = $1, holder = $2, next_at = $3 WHERE id = $4",
                &[
                    &Json(&held.export),
                    &held.holder,
                    &microseconds(now + lease),
                    &held.id,
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(Some((held, result)))
    }

    /// Stores an export and when it is due. Returns `false` if another worker has taken it since.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn put(
        &self,
        held: &Held,
        next_at: Option<SystemTime>,
        ended: Option<String>,
    ) -> anyhow::Result<bool> {
        let stored = self
            .client
            .execute(
                "UPDATE exports SET export = $1, next_at = $2, ended = $3
                 WHERE id = $4 AND holder = $5",
                &[
                    &Json(&held.export),
                    &next_at.map(microseconds),
                    &ended,
                    &held.id,
                    &held.holder,
                ],
            )
            .await?;
        Ok(stored == 1)
    }

    /// Locks the tokens of a consent, so that only one worker refreshes them.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn lock_tokens(&mut self, token_id: i64) -> anyhow::Result<LockedTokens<'_>> {
        let transaction = self.client.transaction().await?;
        let row = transaction
            .query_one(
                "SELECT sealed FROM tokens WHERE id = $1 FOR UPDATE",
                &[&token_id],
            )
            .await?;
        let tokens = self.sealer.open(row.get(0), PLACE)?;
        Ok(LockedTokens {
            transaction,
            sealer: &self.sealer,
            token_id,
            tokens,
        })
    }

    /// Returns how many exports have ended.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn count_ended(&self) -> anyhow::Result<usize> {
        let row = self
            .client
            .query_one("SELECT count(*) FROM exports WHERE next_at IS NULL", &[])
            .await?;
        Ok(usize::try_from(row.get::<_, i64>(0))?)
    }

    /// Returns how exports have ended, and how many each way.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn endings(&self) -> anyhow::Result<Vec<(String, i64)>> {
        let rows = self
            .client
            .query(
                "SELECT ended, count(*) FROM exports WHERE ended IS NOT NULL GROUP BY 1 ORDER BY 2 DESC",
                &[],
            )
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Returns when the next export is due.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn next_at(&self) -> anyhow::Result<Option<SystemTime>> {
        let row = self
            .client
            .query_one("SELECT min(next_at) FROM exports", &[])
            .await?;
        let next_at: Option<i64> = row.get(0);
        Ok(next_at.map(|at| {
            SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(at).unwrap_or_default())
        }))
    }
}

/// Tokens that no other worker can change.
#[expect(missing_debug_implementations, reason = "a transaction has none")]
pub struct LockedTokens<'s> {
    transaction: Transaction<'s>,
    sealer: &'s Sealer,
    token_id: i64,
    /// The tokens as they are now.
    pub tokens: Tokens,
}

impl LockedTokens<'_> {
    /// Stores the tokens and unlocks them.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn put(self, tokens: &Tokens) -> anyhow::Result<()> {
        self.transaction
            .execute(
                "UPDATE tokens SET sealed = $1 WHERE id = $2",
                &[&self.sealer.seal(tokens, PLACE)?, &self.token_id],
            )
            .await?;
        Ok(self.transaction.commit().await?)
    }
}

fn microseconds(time: SystemTime) -> i64 {
    i64::try_from(unix_time(time).as_micros()).unwrap_or(i64::MAX)
}
