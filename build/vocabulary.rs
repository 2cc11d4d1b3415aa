//! The words of names, and what each means: the tables in which the library looks for what a
//! misspelled or invented name means.

use std::collections::BTreeMap;

use super::words::words;
use super::{Catalogue, key_of};

/// What a name means.
#[derive(Debug, Clone)]
pub(crate) enum Meaning {
    /// Groups, as indices.
    Resources(Vec<usize>),
    /// A service, as an index.
    Service(usize),
}

/// A word, by its length and letters.
type Word = (usize, String);

#[derive(Default)]
pub(crate) struct Vocabulary {
    /// Each word, and the groups that have it in their name, label or product, or are called so in
    /// everyday life.
    pub(crate) words: BTreeMap<Word, Groups>,
    /// What the words of a name mean together.
    pub(crate) meanings: BTreeMap<Vec<Word>, Meaning>,
    /// Names written as one word.
    pub(crate) joined: BTreeMap<String, Meaning>,
}

/// Sets of groups: bit `i` stands for the group at index `i`.
#[derive(Default)]
pub(crate) struct Groups {
    pub(crate) named: u128,
    pub(crate) called: u128,
    /// Whether the word is the name of a service, which says little about which of its groups is
    /// meant.
    pub(crate) is_service: bool,
}

impl Vocabulary {
    pub(crate) fn of(catalogue: &Catalogue) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for (index, group) in catalogue.groups.iter().enumerate() {
            let service = &catalogue.services[group.service];
            for text in [&group.name, &group.details.label, &service.name, &service.product] {
                vocabulary.groups_of(text, |groups| groups.named |= 1 << index);
            }
        }
        for name in &catalogue.names.everyday {
            let called = name.means.iter().fold(0, |set, index| set | 1_u128 << index);
            vocabulary.groups_of(&name.name, |groups| groups.called |= called);
        }
        for name in &catalogue.names.not_included {
            vocabulary.groups_of(&name.name, |_| ());
        }
        for service in &catalogue.services {
            if let [word] = &*key(&service.name) {
                vocabulary.words.entry(word.clone()).or_default().is_service = true;
            }
        }
        vocabulary.add_meanings(catalogue);
        vocabulary
    }

    /// Of two meanings of the same words, the first counts: a name of Google's before what people
    /// call a group.
    fn add_meanings(&mut self, catalogue: &Catalogue) {
        let mut of_names = Vec::new();
        let mut of_labels: BTreeMap<Vec<Word>, Vec<usize>> = BTreeMap::new();
        for (index, group) in catalogue.groups.iter().enumerate() {
            of_names.push((&group.name, Meaning::Resources(vec![index])));
            let leaf = group.name.split_once('.').map_or("", |(_, leaf)| leaf);
            for text in [leaf, &group.details.label] {
                let groups = of_labels.entry(key(text)).or_default();
                if !groups.contains(&index) {
                    groups.push(index);
                }
            }
        }
        let services = || (0..).map(Meaning::Service).zip(&catalogue.services);
        of_names.extend(services().map(|(meaning, service)| (&service.name, meaning)));
        of_names.extend(services().map(|(meaning, service)| (&service.product, meaning)));
        let everyday = catalogue.names.everyday.iter();
        of_names.extend(everyday.map(|it| (&it.name, Meaning::Resources(it.means.clone()))));
        for (text, meaning) in &of_names {
            let joined = words(text).map(str::to_lowercase).collect();
            self.joined.entry(joined).or_insert_with(|| meaning.clone());
        }
        for (text, meaning) in of_names {
            self.meanings.entry(key(text)).or_insert(meaning);
        }
        for (key, groups) in of_labels {
            self.meanings.entry(key).or_insert(Meaning::Resources(groups));
        }
        self.meanings.remove(&Vec::new());
    }

    fn groups_of(&mut self, text: &str, change: impl Fn(&mut Groups)) {
        for word in key(text) {
            change(self.words.entry(word).or_default());
        }
    }

    /// The places of words among all words, which the library compares.
    pub(crate) fn places(&self, key: &[Word]) -> Vec<usize> {
        let place = |word: &Word| self.words.keys().position(|known| known == word);
        key.iter().filter_map(place).collect()
    }

    /// The places of the words of a text.
    pub(crate) fn places_of(&self, text: &str) -> Vec<usize> {
        self.places(&key(text))
    }
}

fn key(text: &str) -> Vec<Word> {
    key_of(text).into_iter().map(|word| (word.len(), word)).collect()
}
