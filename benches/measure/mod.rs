//! Times several ways of doing one thing, and prints how they compare.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};

/// The number of rounds for the ratios.
const ROUNDS: usize = 101;

/// Several ways of doing one thing.
pub(crate) struct Question<'a> {
    name: &'static str,
    unit: &'static str,
    per_pass: usize,
    ways: Vec<Way<'a>>,
}

struct Way<'a> {
    name: String,
    pass: Box<dyn FnMut() + 'a>,
}

impl<'a> Question<'a> {
    /// Each pass of each way does `per_pass` units of work, such as lookups.
    pub(crate) fn new(name: &'static str, per_pass: usize, unit: &'static str) -> Question<'a> {
        Question { name, unit, per_pass, ways: Vec::new() }
    }

    pub(crate) fn way(mut self, name: impl Into<String>, pass: impl FnMut() + 'a) -> Question<'a> {
        self.ways.push(Way { name: name.into(), pass: Box::new(pass) });
        self
    }

    /// Measures each way with Criterion, then prints `ratio NAME/FIRST-vs-SECOND VALUE` for each
    /// pair.
    ///
    /// Criterion measures one way after the other. On a busy machine the clock frequency may change
    /// between them. So the ratios come from separate rounds, in which each way runs once in turn,
    /// and each ratio is the median over the rounds.
    pub(crate) fn answer(mut self, pairs: &[(&str, &str)]) {
        let mut criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2))
            .configure_from_args();
        let mut group = criterion.benchmark_group(self.name);
        group.throughput(Throughput::Elements(self.per_pass as u64));
        let mut chosen = Vec::new();
        for mut way in self.ways {
            let mut is_chosen = false;
            group.bench_function(&way.name, |bencher| {
                is_chosen = true;
                bencher.iter(&mut way.pass);
            });
            if is_chosen {
                chosen.push(way);
            }
        }
        group.finish();
        self.ways = chosen;
        if !is_test_run() {
            self.compare(pairs);
        }
    }

    fn compare(mut self, pairs: &[(&str, &str)]) {
        let mut rounds = vec![Vec::with_capacity(ROUNDS); self.ways.len()];
        for _ in 0..ROUNDS {
            for (way, times) in self.ways.iter_mut().zip(&mut rounds) {
                let begun = Instant::now();
                (way.pass)();
                times.push(begun.elapsed().as_secs_f64());
            }
        }

        for (way, times) in self.ways.iter().zip(&rounds) {
            #[expect(clippy::cast_precision_loss, reason = "counts are small")]
            let each = median(times.iter().copied()) / self.per_pass as f64;
            println!(
                "{:<40} {:>12.2} ns per {}",
                format!("{}/{}", self.name, way.name),
                each * 1e9,
                self.unit
            );
        }
        let times_of = |name: &str| {
            let index = self.ways.iter().position(|way| way.name == name)?;
            Some(&rounds[index])
        };
        for (first, second) in pairs {
            if let (Some(firsts), Some(seconds)) = (times_of(first), times_of(second)) {
                let ratio = median(firsts.iter().zip(seconds).map(|(a, b)| a / b));
                println!("ratio {}/{first}-vs-{second} {ratio:.2}", self.name);
            }
        }
    }
}

/// Returns whether to run each way only once, as a test: `cargo bench -- --test`, `cargo test`.
fn is_test_run() -> bool {
    let mut arguments = std::env::args();
    arguments.any(|it| it == "--test") || !std::env::args().any(|it| it == "--bench")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// An order in which to draw from `len` things: random, so that branch prediction cannot learn it,
/// and the same in every run.
pub(crate) fn order(len: usize, draws: usize) -> Vec<usize> {
    let mut random = fastrand::Rng::with_seed(5);
    (0..draws).map(|_| random.usize(..len)).collect()
}

/// Does one thing to each draw, and keeps the compiler from optimizing it away.
pub(crate) fn each<T, R>(things: &[T], order: &[usize], mut act: impl FnMut(&T) -> R) {
    for &index in order {
        black_box(act(&things[index]));
    }
}
