//! The database: who is due, and what is stored of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use app_runtime::Sealer;
use dataportability_scopes::api::export::{Archive, Exports};
use dataportability_scopes::consent::Tokens;
use deadpool_postgres::{Manager, Pool, Transaction};
use tokio::time::{sleep, timeout};
use tokio_postgres::types::{Json, ToSql};
use tokio_postgres::{Config, IsolationLevel, NoTls, Row};

/// How long a transaction may take. The database frees the row of a worker that it lost for as
/// long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who is taken. No export waits for longer than a day: some clock was wrong.
const DUE: [&str; 2] = [
    "due <= now() ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED",
    "due > now() + interval '26 hours' ORDER BY due DESC LIMIT 1 FOR UPDATE SKIP LOCKED",
];

const COLUMNS: &str = "id, user_id, tokens, exports, archives, state, why, \
                       extract(epoch FROM busy_until - now())::float8 AS busy";

/// The database of all workers. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    sealer: Sealer,
}

/// A person's grant, as a row has it.
#[derive(Debug)]
pub struct Person {
    /// All exports of the grant.
    pub exports: Exports,
    /// The tokens of the grant.
    pub tokens: Tokens,
}

/// What a row says to those who do not read the exports in it.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// How soon there is something to do. `None` if there is not until the user acts.
    pub due: Option<Duration>,
    /// How the exports stand, and what they wait for or what is wrong. `None` leaves it as it was.
    pub state: Option<(State, String)>,
    /// Whether a call is being sent.
    pub busy: Busy,
}

/// How a person's exports stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They go on by themselves.
    Waiting,
    /// They wait for the user to consent again: a page should ask for it.
    Consent,
    /// Google refuses the app's project: its operator has to act.
    Project,
    /// The last download failed. It is tried again.
    Download,
    /// The row cannot be read: its operator has to act.
    SetAside,
    /// They have ended.
    Done,
}

impl State {
    /// Returns the value of the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Consent => "consent",
            State::Project => "project",
            State::Download => "download",
            State::SetAside => "set aside",
            State::Done => "done",
        }
    }
}

/// Whether a call is being sent for a person. Nobody takes the row meanwhile.
#[derive(Debug, Clone, Copy)]
pub enum Busy {
    /// From now on, for this long at most.
    For(Duration),
    /// As before.
    Unchanged,
    /// No longer.
    No,
}

/// What taking a row comes to.
#[derive(Debug)]
pub enum Taken<T> {
    /// A person, and what was returned for them.
    Person(i64, T),
    /// A row that cannot be read, and was set aside.
    SetAside,
    /// Nobody is due.
    Nobody,
}

impl Store {
    /// Opens the database, and creates the table if there is none. At most `connections` are opened
    /// at a time.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn open(url: &str, connections: usize, sealer: Sealer) -> anyhow::Result<Store> {
        // Without the cause: it may quote a password.
        let config = url.parse::<Config>().ok();
        let mut config =
            config.context("DATABASE_URL is not the address of a PostgreSQL database")?;
        config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE);
        if config.get_options().is_none() {
            // A call that is stored as begun stays so, whatever happens to the database.
            let patience = PATIENCE.as_secs();
            config.options(format!(
                "-c synchronous_commit=on -c idle_in_transaction_session_timeout={patience}s"
            ));
        }
        let pool = Pool::builder(Manager::new(config, NoTls)).max_size(connections).build()?;
        let store = Store { pool, sealer };
        let mut client = store.pool.get().await.context("no connection")?;
        let transaction = client.transaction().await?;
        // Creating the same table in two sessions at once fails.
        transaction.batch_execute("SELECT pg_advisory_xact_lock(7390128)").await?;
        // `CREATE INDEX IF NOT EXISTS` waits for all who write, and others wait behind it.
        if transaction.query_one("SELECT to_regclass('people') IS NULL", &[]).await?.get(0) {
            transaction.batch_execute(include_str!("schema.sql")).await?;
        }
        transaction.commit().await?;
        Ok(store)
    }

    /// Adds a person's grant, which is due at once. Returns its id.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn add(&self, user: &str, tokens: &Tokens, exports: &Exports) -> anyhow::Result<i64> {
        let sealed = self.sealer.seal(tokens, &place("tokens", user))?;
        let insert =
            "INSERT INTO people (user_id, tokens, exports) VALUES ($1, $2, $3) RETURNING id";
        let client = self.pool.get().await?;
        let row = client.query_one(insert, &[&user, &sealed, &Json(exports)]).await?;
        Ok(row.get(0))
    }

    /// Goes on with the tokens of a new consent. Returns whether they were stored: they are not if
    /// the row is gone or cannot be read. Then add a row with them, or nobody has them.
    #[must_use = "tokens that are not stored are lost"]
    pub async fn consented(&self, id: i64, tokens: &Tokens, now: SystemTime) -> bool {
        let go_on = |person: &mut Person| {
            person.tokens = tokens.clone();
            person.exports.consented(now);
            let state = Some((State::Waiting, String::new()));
            Outlook { due: Some(Duration::ZERO), state, busy: Busy::Unchanged }
        };
        self.change(id, go_on).await
    }

    /// Takes a person who is due, and stores what `act` makes of them. Once this returns, it is on
    /// the disk of the database.
    ///
    /// A row that another worker has locked is skipped. A row that is due in more than a day is
    /// taken too: some clock was wrong.
    ///
    /// # Errors
    ///
    /// Fails if the database does.
    pub async fn take<T>(
        &self,
        act: impl FnOnce(&mut Person) -> (T, Outlook),
    ) -> anyhow::Result<Taken<T>> {
        self.act_on_first(&DUE, &[], act).await
    }

    /// Changes a person, and waits for the database if it cannot be reached: the result of a call
    /// must not be lost. `act` is called again if it is unknown whether the first time was stored.
    /// Returns `false` if the row is gone, or cannot be read and was set aside.
    pub async fn change(&self, id: i64, act: impl Fn(&mut Person) -> Outlook) -> bool {
        loop {
            let act = |person: &mut Person| ((), act(person));
            match self.act_on_first(&["id = $1 FOR UPDATE"], &[&id], act).await {
                Ok(taken) => return matches!(taken, Taken::Person(..)),
                Err(error) => tracing::error!(person = id, "the database: {error:#}"),
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// Returns the tokens of a grant, such as to reset it. `None` if the row is gone.
    ///
    /// # Errors
    ///
    /// Fails if the row cannot be read.
    pub async fn tokens(&self, id: i64) -> anyhow::Result<Option<Tokens>> {
        let select = format!("SELECT {COLUMNS} FROM people WHERE id = $1");
        let row = self.pool.get().await?.query_opt(&select, &[&id]).await?;
        row.map(|row| Ok(self.read(&row)?.tokens)).transpose()
    }

    /// Returns how soon somebody is due.
    pub(crate) async fn next_due(&self) -> anyhow::Result<Option<Duration>> {
        let select = "SELECT extract(epoch FROM min(due) - clock_timestamp())::float8 FROM people";
        in_time(async {
            let client = self.pool.get().await?;
            let statement = client.prepare_cached(select).await?;
            let seconds: Option<f64> = client.query_one(&statement, &[]).await?.get(0);
            Ok(seconds.map(|it| Duration::try_from_secs_f64(it).unwrap_or_default()))
        })
        .await
    }

    /// Lets `act` change the person in the first row that one of these conditions finds.
    async fn act_on_first<T>(
        &self,
        conditions: &[&str],
        values: &[&(dyn ToSql + Sync)],
        act: impl FnOnce(&mut Person) -> (T, Outlook),
    ) -> anyhow::Result<Taken<T>> {
        in_time(async {
            let mut client = self.pool.get().await?;
            // One row is locked, and nothing else is read: there is nothing to serialize, whatever
            // the database's own default is.
            let transaction =
                client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
            let transaction = transaction.start().await?;
            for condition in conditions {
                let select = format!("SELECT {COLUMNS} FROM people WHERE {condition}");
                let statement = transaction.prepare_cached(&select).await?;
                if let Some(row) = transaction.query_opt(&statement, values).await? {
                    return self.replace(transaction, &row, act).await;
                }
            }
            Ok(Taken::Nobody)
        })
        .await
    }

    /// Lets `act` change the person in a row, and stores it.
    async fn replace<T>(
        &self,
        transaction: Transaction<'_>,
        row: &Row,
        act: impl FnOnce(&mut Person) -> (T, Outlook),
    ) -> anyhow::Result<Taken<T>> {
        let id: i64 = row.get("id");
        let user: &str = row.get("user_id");
        let changed = self.read(row).and_then(|mut person| {
            let token = person.tokens.access_token.secret().clone();
            // A panic would come back with the row, at every worker.
            let acted = catch_unwind(AssertUnwindSafe(|| act(&mut person)));
            let (value, outlook) = acted.map_err(|_| anyhow!("the worker panicked"))?;
            let is_new = *person.tokens.access_token.secret() != token;
            Ok((person, is_new, value, outlook))
        });
        let (person, is_new, value, outlook) = match changed {
            Ok(changed) => changed,
            Err(error) => {
                let (state, why) = (State::SetAside.as_str(), &*format!("{error:#}"));
                // In an hour, a newer worker may be able to read it.
                let update = "UPDATE people SET due = now() + interval '1 hour', state = $2,
                                why = $3, busy_until = NULL WHERE id = $1";
                transaction.execute(update, &[&id, &state, &why]).await?;
                transaction.commit().await?;
                // Operators are told once.
                if (row.get("state"), row.get("why")) != (state, why) {
                    tracing::error!(person = id, "set aside: {why}");
                }
                return Ok(Taken::SetAside);
            }
        };
        let busy = match outlook.busy {
            Busy::For(time) => Some(time.as_secs_f64()),
            Busy::Unchanged => row.get("busy"),
            Busy::No => None,
        };
        let due = outlook.due.map(|due| due.as_secs_f64());
        // Not before the call that is being sent has its result.
        let due = busy.map_or(due, |busy| Some(due.unwrap_or(busy).max(busy)));
        let tokens = is_new.then_some(&person.tokens);
        let tokens = tokens.map(|it| self.sealer.seal(it, &place("tokens", user))).transpose()?;
        // Links that have expired are not offered when they are read.
        let archives: Vec<_> = person.exports.archives(SystemTime::UNIX_EPOCH).collect();
        let archives = Some(archives).filter(|it| !it.is_empty());
        let archives = archives.map(|it| self.sealer.seal(&it, &place("archives", user)));
        let (archives, exports) = (archives.transpose()?, Json(&person.exports));
        let update = "UPDATE people SET tokens = coalesce($2, tokens), exports = $3, archives = $4,
                        due = now() + $5 * interval '1 second',
                        busy_until = now() + $6 * interval '1 second',
                        state = coalesce($7, state), why = coalesce($8, why)
                      WHERE id = $1";
        let statement = transaction.prepare_cached(update).await?;
        let (state, why) = outlook.state.unzip();
        let name = state.map(State::as_str);
        let values: [&(dyn ToSql + Sync); 8] =
            [&id, &tokens, &exports, &archives, &due, &busy, &name, &why];
        transaction.execute(&statement, &values).await?;
        transaction.commit().await?;
        let why = why.unwrap_or_default();
        if name != Some(row.get("state")) {
            match state {
                None | Some(State::Waiting) => {}
                Some(State::Consent) => tracing::info!(person = id, "waits for the user: {why}"),
                Some(State::Done) => tracing::info!(person = id, "done. {why}"),
                Some(other) => tracing::warn!(person = id, "{}: {why}", other.as_str()),
            }
        }
        Ok(Taken::Person(id, value))
    }

    fn read(&self, row: &Row) -> anyhow::Result<Person> {
        let user: &str = row.get("user_id");
        let Json(mut exports): Json<Exports> = row.try_get("exports")?;
        let tokens = self.sealer.open(row.get("tokens"), &place("tokens", user))?;
        let archives: Option<&[u8]> = row.get("archives");
        // Lost links are no harm: the next state of the job has fresh ones.
        let archives = archives.and_then(|it| self.sealer.open(it, &place("archives", user)).ok());
        let archives: Vec<Archive> = archives.unwrap_or_default();
        exports.restore(archives);
        Ok(Person { exports, tokens })
    }
}

/// Gives a database up that does not answer.
async fn in_time<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    timeout(PATIENCE, work).await.context("it does not answer")?
}

/// Where a sealed value is stored: it opens nowhere else.
fn place(column: &str, user: &str) -> String {
    format!("{column} of {user}")
}
