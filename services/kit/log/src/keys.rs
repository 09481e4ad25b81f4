//! A key for each person. Personal bodies are sealed under it; destroying it erases them everywhere at once, in logs,
//! brokers, snapshots and backups, while positions and statistics stay.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chacha20poly1305::aead::rand_core::RngCore as _;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, OsRng, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::sql::{Database, Step};
use crate::{Error, Result, args};

/// Bytes of a nonce before the ciphertext.
const NONCE: usize = 12;
/// Keys kept in memory, so that the path of a single answer does not ask the key store twice.
const CACHED: usize = 4_096;
/// How long a key is kept there: the most by which another process learns late that it was destroyed.
const KEPT: Duration = Duration::from_secs(1);

/// One person's key. Never printed.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    #[cfg(feature = "hostile")]
    pub(crate) const fn of(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    fn fresh() -> Self {
        let mut secret = [0; 32];
        OsRng.fill_bytes(&mut secret);
        Self(secret)
    }

    /// Seals `clear` for the event `id`: nonce, ciphertext, tag.
    ///
    /// # Errors
    /// [`Error::Internal`] for a body beyond 256 GiB; never in practice.
    pub fn seal(&self, id: &str, clear: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = vec![0; NONCE];
        OsRng.fill_bytes(&mut sealed);
        let nonce = *Nonce::from_slice(&sealed);
        let body = ChaCha20Poly1305::new(&self.0.into()).encrypt(&nonce, Payload { msg: clear, aad: id.as_bytes() });
        sealed.extend(body.map_err(|_| Error::Internal("a personal body could not be sealed".to_owned()))?);
        Ok(sealed)
    }

    /// The form in which a text is looked up without being stored: the same for the same text, and nothing to go by for
    /// whoever has the marks and not the key. Sixty-four hexadecimal digits.
    pub fn mark(&self, kind: &str, text: &str) -> String {
        let begun = || Sha256::new().chain_update("activelist mark\n").chain_update(self.0);
        let inner = begun().chain_update(kind).chain_update([0]).chain_update(text).finalize();
        // Hashed once more behind the key, so that no mark can be continued to that of a longer text.
        begun().chain_update(inner).finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Opens what [`Key::seal`] sealed for the same event.
    ///
    /// # Errors
    /// [`Error::Internal`] when the bytes are not that.
    pub fn open(&self, id: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::Internal("a personal body cannot be opened".to_owned());
        let (nonce, body) = sealed.split_at_checked(NONCE).ok_or_else(wrong)?;
        ChaCha20Poly1305::new(&self.0.into())
            .decrypt(Nonce::from_slice(nonce), Payload { msg: body, aad: id.as_bytes() })
            .map_err(|_| wrong())
    }
}

/// Where the keys are.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    /// The keys of `ids`, made where absent. A destroyed key is missing from the answer and stays destroyed.
    async fn ensure(&self, ids: &[String]) -> Result<HashMap<String, Key>>;

    /// The keys of those `ids` that have one.
    async fn find(&self, ids: &[String]) -> Result<HashMap<String, Key>>;

    /// Destroys a key for good. A process that has just used it may do so for one more second.
    async fn destroy(&self, id: &str) -> Result<()>;
}

/// Keys in a database of their own: `sqlite:` or `postgres:`, not the one of any log.
pub struct SqlKeys {
    database: Database,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: BTreeMap<String, (Key, Instant)>,
    /// How many keys this process has destroyed: what was read before the last of them may not be kept.
    destroyed: u64,
}

impl SqlKeys {
    /// Opens the key store.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open(url: &str) -> Result<Arc<Self>> {
        let step = Step { number: 1, about: "person keys", sql: include_str!("../migrations/0001_keys.sql") };
        let database = Database::open(url, &[step]).await?;
        Ok(Arc::new(Self { database, cache: Mutex::default() }))
    }

    /// The store's database.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cached(&self, ids: &[String]) -> (HashMap<String, Key>, Vec<String>) {
        let (cache, now) = (self.cache(), Instant::now());
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for id in ids {
            match cache.keys.get(id) {
                Some((key, until)) if now < *until => drop(found.insert(id.clone(), key.clone())),
                _ => missing.push(id.clone()),
            }
        }
        missing.sort();
        missing.dedup();
        (found, missing)
    }

    /// The stored keys of `ids`, which the cache has not.
    async fn look_up(&self, ids: &[String]) -> Result<HashMap<String, Key>> {
        let before = self.cache().destroyed;
        let found = self.stored(ids).await?;
        let mut cache = self.cache();
        if cache.destroyed == before {
            if cache.keys.len() + found.len() > CACHED {
                cache.keys.clear();
            }
            let until = Instant::now() + KEPT;
            cache.keys.extend(found.iter().take(CACHED).map(|(id, key)| (id.clone(), (key.clone(), until))));
        }
        Ok(found)
    }

    async fn stored(&self, ids: &[String]) -> Result<HashMap<String, Key>> {
        let head = "SELECT id, secret FROM person_key WHERE destroyed = 0 AND id";
        let mut session = self.database.read().await?;
        let mut keys = HashMap::new();
        for row in session.among(head, "", ids).await? {
            let secret = row.bytes("secret")?.try_into().map_err(|_| Error::Corrupt("a key's length".to_owned()))?;
            keys.insert(row.text("id")?, Key(secret));
        }
        Ok(keys)
    }
}

#[async_trait]
impl KeyStore for SqlKeys {
    async fn ensure(&self, ids: &[String]) -> Result<HashMap<String, Key>> {
        let (mut keys, missing) = self.cached(ids);
        if missing.is_empty() {
            return Ok(keys);
        }
        let mut found = self.look_up(&missing).await?;
        let absent: Vec<_> = missing.iter().filter(|id| !found.contains_key(*id)).collect();
        if !absent.is_empty() {
            let tuples = absent.into_iter().map(|id| args![id, Key::fresh().0.as_slice(), 0].to_vec()).collect();
            let mut session = self.database.write().await?;
            session.begin(if session.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" }).await?;
            let head = "INSERT INTO person_key (id, secret, destroyed) VALUES";
            session.insert(head, "ON CONFLICT DO NOTHING", tuples).await?;
            session.end("COMMIT").await?;
            drop(session);
            // Another process may have made some of them first; what is stored is what counts.
            found = self.look_up(&missing).await?;
        }
        keys.extend(found);
        Ok(keys)
    }

    async fn find(&self, ids: &[String]) -> Result<HashMap<String, Key>> {
        let (mut keys, missing) = self.cached(ids);
        if !missing.is_empty() {
            keys.extend(self.look_up(&missing).await?);
        }
        Ok(keys)
    }

    async fn destroy(&self, id: &str) -> Result<()> {
        let sql = "INSERT INTO person_key (id, secret, destroyed) VALUES ($1, $2, 1)
                   ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, destroyed = 1";
        self.database.write().await?.execute(sql, args![id, [0_u8; 32].as_slice()]).await?;
        let mut cache = self.cache();
        cache.destroyed += 1;
        cache.keys.remove(id);
        Ok(())
    }
}
