//! How far a misspelled name is from a known one. Letters are compared without their case.

use alloc::vec::Vec;

/// Returns the name nearest to `input`, if at most a quarter of its letters are wrong. In a day, at
/// most one digit may be wrong: days that differ in more digits are different days.
pub(super) fn nearest<'names>(
    input: &str,
    names: impl Iterator<Item = &'names str>,
) -> Option<&'names str> {
    names
        .filter_map(|name| {
            let most = if name.starts_with(|first: char| first.is_ascii_digit()) {
                1
            } else {
                name.len().div_ceil(4)
            };
            Some((within(input, name, most)?, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns the distance of a word from a known one, if at most a quarter of its letters are wrong,
/// or one.
pub(super) fn slip(word: &str, known: &str) -> Option<usize> {
    within(word, known, (known.len() / 4).max(1))
}

/// Returns the optimal string alignment distance, if it is at most `most`: how many letters are
/// inserted, removed or replaced, where swapping two neighbours counts as one.
pub(super) fn within(a: &str, b: &str, most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let (a, b) = different_part(a.as_bytes(), b.as_bytes());
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut before: Vec<usize> = Vec::with_capacity(last.len());
    let mut row: Vec<usize> = Vec::with_capacity(last.len());
    for (i, x) in a.iter().enumerate() {
        let mut left = i + 1;
        row.clear();
        row.push(left);
        let above = last.iter().zip(last.iter().skip(1));
        for (j, (y, (diagonal, above))) in b.iter().zip(above).enumerate() {
            let mut best = (diagonal + usize::from(!x.eq_ignore_ascii_case(y)))
                .min(above + 1)
                .min(left + 1);
            if are_swapped(a, i, b, j) {
                let before = j.checked_sub(1).and_then(|j| before.get(j));
                best = best.min(before.map_or(best, |before| before + 1));
            }
            row.push(best);
            left = best;
        }
        if row.iter().chain(&last).all(|distance| *distance > most) {
            return None;
        }
        core::mem::swap(&mut before, &mut last);
        core::mem::swap(&mut last, &mut row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

/// Returns what is between the common beginning and the common end.
fn different_part<'text>(a: &'text [u8], b: &'text [u8]) -> (&'text [u8], &'text [u8]) {
    let start = common(a.iter().zip(b));
    let (_, a) = a.split_at(start);
    let (_, b) = b.split_at(start);
    let end = common(a.iter().rev().zip(b.iter().rev()));
    let (a, _) = a.split_at(a.len() - end);
    let (b, _) = b.split_at(b.len() - end);
    (a, b)
}

fn common<'text>(pairs: impl Iterator<Item = (&'text u8, &'text u8)>) -> usize {
    pairs.take_while(|(x, y)| x.eq_ignore_ascii_case(y)).count()
}

/// Whether the letters at `i` and `j` and those before them are the same two, swapped.
fn are_swapped(a: &[u8], i: usize, b: &[u8], j: usize) -> bool {
    let pair = |text: &[u8], end: usize| {
        let pair = text.get(end.checked_sub(1)?..=end)?;
        <[u8; 2]>::try_from(pair).ok()
    };
    match (pair(a, i), pair(b, j)) {
        (Some(a), Some([first, second])) => a.eq_ignore_ascii_case(&[second, first]),
        _ => false,
    }
}
