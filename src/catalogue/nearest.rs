use alloc::vec::Vec;

/// The name nearest to `input` by edit distance, if it is close: at most a fourth of its letters
/// are inserted, removed or replaced, two neighbours swapped counting as one such slip. Of a day
/// only one: two days that differ in more digits are different days.
pub(crate) fn nearest<'names>(
    input: &str,
    names: impl Iterator<Item = &'names str>,
) -> Option<&'names str> {
    names
        .filter(|name| name.len().abs_diff(input.len()) <= most(name))
        .map(|name| (distance(input.as_bytes(), name.as_bytes()), name))
        .filter(|(distance, name)| *distance <= most(name))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn most(name: &str) -> usize {
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        1
    } else {
        name.len().div_ceil(4)
    }
}

/// The optimal string alignment distance.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(last.len());
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(x != y))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = core::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}
