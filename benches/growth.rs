//! Finding a scope in lists that are longer than today's, with tables by the generator and the hash
//! function of `build.rs`.

mod measure;

#[path = "../build/finder.rs"]
mod finder;
#[path = "../src/catalogue/hash.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod hash;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::mem::size_of_val;

use phf_generator::ptrhash::HashState;
use phf_shared::ptrhash::get_index;

use hash::{SCOPE_PREFIX, TAIL_LEN, hash};
use measure::{Question, each, is_test_run, order, print_ratio};

const DRAWS: usize = 100_000;
const LENGTHS: [usize; 3] = [100, 1_000, 10_000];

/// Words like those in Google's names.
const WORDS: [&str; 40] = [
    "activity",
    "ads",
    "albums",
    "apps",
    "archive",
    "bookmarks",
    "calendar",
    "chats",
    "clips",
    "comments",
    "contacts",
    "data",
    "device",
    "events",
    "files",
    "games",
    "health",
    "history",
    "images",
    "library",
    "likes",
    "lists",
    "locations",
    "maps",
    "media",
    "music",
    "notes",
    "orders",
    "photos",
    "places",
    "play",
    "posts",
    "private",
    "profile",
    "public",
    "reviews",
    "search",
    "settings",
    "videos",
    "youtube",
];

/// A list with its table, and copies of its tokens in memory of their own, as they come from requests.
struct List {
    tokens: Vec<String>,
    asked: Vec<String>,
    finder: HashState,
    slots: Vec<u16>,
}

fn main() {
    let lists = LENGTHS.map(List::new);
    let [short, _, long] = &lists;

    let mut lookups = Question::new("growth", DRAWS, "lookup");
    // The same number of scopes of each list, so that all fit into the nearest cache.
    for list in &lists {
        let step = list.tokens.len() / LENGTHS[0];
        let asked: Vec<usize> = (0..list.tokens.len()).step_by(step).collect();
        let order: Vec<usize> = order(asked.len(), DRAWS)
            .iter()
            .map(|&index| asked[index])
            .collect();
        lookups = lookups.way(list.tokens.len().to_string(), move || {
            each(&list.asked, &order, |token| list.find(token));
        });
    }
    // All scopes of the longest list, which includes the cost of cache misses.
    let order = order(long.tokens.len(), DRAWS);
    let floor_order: Vec<(usize, usize)> = order.iter().map(|&index| (index, index)).collect();
    lookups
        .way("all-of-10000", || {
            each(&long.asked, &order, |token| long.find(token));
        })
        .way("all-of-10000-floor", || {
            for (asked, known) in &floor_order {
                black_box(long.asked[*asked] == long.tokens[*known]);
            }
        })
        .answer(&[
            ("1000", "100"),
            ("10000", "100"),
            ("all-of-10000", "all-of-10000-floor"),
        ]);

    let mut generating = Question::new("growth-generate", 1, "list");
    for list in &lists {
        generating = generating.way(list.tokens.len().to_string(), || {
            black_box(finder::generate(&list.tokens).is_ok());
        });
    }
    generating.answer(&[("1000", "100"), ("10000", "1000")]);

    if !is_test_run() {
        for list in &lists {
            let (scopes, bytes) = (list.tokens.len(), list.table_bytes_per_scope());
            println!("table of {scopes} scopes: {bytes:.2} bytes a scope");
        }
        print_ratio(
            "growth/table-bytes-10000-vs-100",
            long.table_bytes_per_scope() / short.table_bytes_per_scope(),
        );
    }
}

impl List {
    fn new(len: usize) -> List {
        let tokens = scopes(len);
        let finder = finder::generate(&tokens).expect("all tails differ");
        let slots = finder.map.iter().map(|&index| index.try_into().unwrap());
        let list = List {
            asked: tokens.clone(),
            slots: slots.collect(),
            tokens,
            finder,
        };
        for (index, token) in list.asked.iter().enumerate() {
            assert_eq!(list.find(token), Some(index));
        }
        list
    }

    /// What `Scope::find` does.
    fn find(&self, token: &str) -> Option<usize> {
        const LEN: usize = SCOPE_PREFIX.len();
        let tail = token.as_bytes().last_chunk::<TAIL_LEN>()?;
        let HashState {
            seed,
            pilots,
            remap,
            ..
        } = &self.finder;
        let slot = get_index(*seed, hash(tail, *seed), pilots, remap, self.slots.len());
        let index = usize::from(self.slots[slot as usize]);
        let scope = &self.tokens[index];
        let is = token.len() == scope.len()
            && token.as_bytes().first_chunk::<LEN>() == SCOPE_PREFIX.as_bytes().first_chunk()
            && token.as_bytes().last_chunk::<LEN>() == scope.as_bytes().last_chunk();
        is.then_some(index)
    }

    /// The table alone, since the tokens are there anyway.
    #[expect(clippy::cast_precision_loss, reason = "lists are short")]
    fn table_bytes_per_scope(&self) -> f64 {
        let bytes = size_of_val(&*self.finder.pilots)
            + size_of_val(&*self.finder.remap)
            + size_of_val(&*self.slots);
        bytes as f64 / self.tokens.len() as f64
    }
}

/// Scopes as Google might name them: a service and one to three more segments, some of two words.
fn scopes(len: usize) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(5);
    let mut scopes = BTreeSet::new();
    while scopes.len() < len {
        let mut scope = SCOPE_PREFIX.to_owned() + WORDS[random.usize(..WORDS.len())];
        for _ in 0..random.usize(1..=3) {
            scope = scope + "." + WORDS[random.usize(..WORDS.len())];
            if random.u8(..4) == 0 {
                scope = scope + "_" + WORDS[random.usize(..WORDS.len())];
            }
        }
        // The shortest and the longest resource group of Google's own lists.
        if (9..=42).contains(&(scope.len() - SCOPE_PREFIX.len())) {
            scopes.insert(scope);
        }
    }
    scopes.into_iter().collect()
}
