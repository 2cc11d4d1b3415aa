//! `RESOURCES.svg`: when Google listed which scope, as one strip for each, with time to scale.

use std::fmt::Arguments;

use dataportability_scopes::catalogue::Date;

use super::{Catalogue, ResourceEntry, listed_in_words};
use crate::output::Output;
use crate::terminal::wrap;

const WIDTH: f64 = 940.0;
/// Where the names of the products end.
const NAMES: f64 = 262.0;
/// How many characters fit beside the plot.
const NAME_WIDTH: usize = 30;
/// Where time begins and ends.
const PLOT: (f64, f64) = (274.0, 924.0);
/// Where the curve of the counts begins and ends.
const COUNTS: (f64, f64) = (84.0, 150.0);
/// Where the years stand, and where the strips begin.
const YEARS: f64 = 170.0;
const STRIPS: f64 = 184.0;
/// The height of a strip, of a strip with the space below it, and of a line of text.
const STRIP: f64 = 5.0;
const STRIP_PITCH: f64 = 7.0;
const LINE: f64 = 14.0;
const PRODUCT_SPACE: f64 = 7.0;
/// The days of the plot after the newest list, so that what it brings can be seen.
const DAYS_AFTER_NEWEST: i64 = 45;

/// Colours for light and dark, each with a contrast of 3 or more for strips, 4.5 or more for text.
const STYLE: &str = "\
svg { font: 12px system-ui, -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif }
.page { fill: #ffffff } text { fill: #1f2328 } .title { font-size: 16px; font-weight: 600 } .muted { fill: #59636e }
.grid { stroke: #d1d9e0; stroke-width: 1 } .year { stroke: #818b98; stroke-width: 1 } .curve { fill: none; stroke: #1f2328; stroke-width: 1.5 }
.sensitive { fill: #0969da } .restricted { fill: #bc4c00 } .unknown { fill: #818b98 }
.end { text-anchor: end } .middle { text-anchor: middle }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 } text { fill: #f0f6fc } .muted { fill: #9198a1 }
.grid { stroke: #2f353d } .year { stroke: #656c76 } .curve { stroke: #f0f6fc }
.sensitive { fill: #4493f8 } .restricted { fill: #f0883e } .unknown { fill: #7d8590 }
}
";

impl Catalogue {
    /// Returns what the chart shows, in a sentence.
    pub(crate) fn chart_title(&self) -> String {
        match (self.revisions.first(), self.revisions.last()) {
            (Some(first), Some(newest)) => format!(
                "When Google listed each scope: from {} scopes on {} to {} on {}",
                first.count, first.date, newest.count, newest.date
            ),
            _ => "When Google listed each scope".to_owned(),
        }
    }

    /// Returns the chart as an SVG image that follows the reader's light or dark mode.
    pub(crate) fn to_chart(&self) -> String {
        let (Some(first), Some(newest)) = (self.revisions.first(), self.revisions.last()) else {
            return String::new();
        };
        let time = Time {
            start: days(Date::new(first.date.year(), 1, 1).unwrap_or(first.date)),
            end: days(newest.date) + DAYS_AFTER_NEWEST,
        };
        let products = self.products();
        let heights = products
            .iter()
            .map(|(product, entries)| height(product, entries));
        let bottom = STRIPS + heights.map(|height| height + PRODUCT_SPACE).sum::<f64>();

        let mut svg = Svg(Output::default());
        let height = bottom + 24.0;
        svg.line(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title description">"#
        ));
        let title = self.chart_title();
        svg.line(format_args!(r#"<title id="title">{title}</title>"#));
        svg.line(format_args!(
            r#"<desc id="description">{}</desc>"#,
            escape(&self.description())
        ));
        svg.line(format_args!("<style>\n{STYLE}</style>"));
        svg.line(format_args!(
            r#"<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>"#
        ));
        svg.text("title", 16.0, 30.0, "When Google listed each scope");
        svg.legend();
        svg.grid(self, &time, bottom);
        svg.counts(self, &time);

        let mut y = STRIPS;
        for (product, entries) in &products {
            let height = self::height(product, entries);
            svg.name(product, y + height / 2.0);
            let strips = STRIP_PITCH * count(entries.len()) - (STRIP_PITCH - STRIP);
            let mut top = y + (height - strips) / 2.0;
            for entry in entries {
                svg.strip(entry, &time, top);
                top += STRIP_PITCH;
            }
            if let [only] = entries.as_slice() {
                svg.gaps(only, &time, y + height / 2.0);
            }
            y += height + PRODUCT_SPACE;
        }
        svg.line(format_args!("</svg>"));
        svg.0.into_string()
    }

    /// Says what a reader who does not see the chart should know: the gaps and the ends.
    fn description(&self) -> String {
        let current = |entry: &&ResourceEntry| !matches!(entry.listed.as_slice(), [only] if only.until.is_none());
        let entries = self.resources.iter().filter(current);
        let stories: Vec<String> = entries
            .map(|entry| format!("{}: {}", entry.resource, listed_in_words(&entry.listed)))
            .collect();
        format!(
            "One strip for each scope, in rows by service, with time from left to right. All strips reach the right edge \
             without a gap, except for these. {}.",
            stories.join(". ")
        )
    }
}

/// The days at the two ends of the plot.
struct Time {
    start: i64,
    end: i64,
}

impl Time {
    fn x(&self, day: i64) -> f64 {
        let (left, right) = PLOT;
        let share = float(day - self.start) / float(self.end - self.start);
        ((left + share * (right - left)) * 10.0).round() / 10.0
    }
}

struct Svg(Output);

impl Svg {
    fn line(&mut self, line: Arguments) {
        self.0.print_line(line);
    }

    fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let text = escape(text);
        self.line(format_args!(
            r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#
        ));
    }

    /// The name of a product, around a height.
    fn name(&mut self, product: &str, middle: f64) {
        let lines = wrap(product, NAME_WIDTH);
        let mut y = middle + 4.0 - LINE * (count(lines.len()) - 1.0) / 2.0;
        for line in lines {
            self.text("end", NAMES, y, &line);
            y += LINE;
        }
    }

    /// Words for where a strip that stands alone is interrupted, and for where it ends.
    fn gaps(&mut self, entry: &ResourceEntry, time: &Time, middle: f64) {
        let y = middle + 4.0;
        for (index, listed) in entry.listed.iter().enumerate() {
            let Some(until) = listed.until else {
                continue;
            };
            let start = time.x(days(until));
            match entry.listed.get(index + 1) {
                Some(next) => {
                    let end = time.x(days(next.since));
                    if end - start > 60.0 {
                        let x = ((start + end) * 5.0).round() / 10.0;
                        self.text("muted middle", x, y, "not listed");
                    }
                }
                None => self.text("muted", start + 6.0, y, &format!("withdrawn {until}")),
            }
        }
    }

    fn legend(&mut self) {
        let kinds = [
            ("sensitive", "sensitive", 16.0),
            ("restricted", "restricted", 102.0),
            ("unknown", "category unknown", 190.0),
        ];
        for (class, text, x) in kinds {
            self.line(format_args!(
                r#"<rect class="{class}" x="{x}" y="45" width="14" height="{STRIP}"/>"#
            ));
            self.text("muted", x + 20.0, 52.0, text);
        }
    }

    /// A line for each revision and each year, with the years.
    fn grid(&mut self, catalogue: &Catalogue, time: &Time, bottom: f64) {
        let top = COUNTS.0;
        for revision in &catalogue.revisions {
            let x = time.x(days(revision.date));
            self.line(format_args!(r#"<line class="grid" x1="{x}" y1="{top}" x2="{x}" y2="{bottom}"><title>{}: {} scopes</title></line>"#, revision.date, revision.count));
        }
        let years = |end| {
            (0..).map_while(move |year| Date::new(year, 1, 1).filter(|date| days(*date) < end))
        };
        for date in years(time.end).filter(|date| days(*date) >= time.start) {
            let x = time.x(days(date));
            self.line(format_args!(
                r#"<line class="year" x1="{x}" y1="{top}" x2="{x}" y2="{bottom}"/>"#
            ));
            for y in [YEARS, bottom + 16.0] {
                self.text("muted", x + 4.0, y, &date.year().to_string());
            }
        }
    }

    /// The number of scopes, as a curve of steps.
    fn counts(&mut self, catalogue: &Catalogue, time: &Time) {
        let most = catalogue
            .revisions
            .iter()
            .map(|revision| revision.count)
            .max();
        let scale = (COUNTS.1 - COUNTS.0) / count(most.unwrap_or_default().max(1));
        let y = |scopes: usize| ((COUNTS.1 - scale * count(scopes)) * 10.0).round() / 10.0;
        let mut path = format!("M{} {}", time.x(time.start), y(0));
        for revision in &catalogue.revisions {
            let (x, y) = (time.x(days(revision.date)), y(revision.count));
            path = format!("{path}H{x}V{y}");
        }
        path = format!("{path}H{}", PLOT.1);
        self.line(format_args!(r#"<path class="curve" d="{path}"/>"#));
        self.text(
            "end",
            NAMES,
            COUNTS.1 - 28.0,
            "Number of scopes in the list",
        );
        if let Some(first) = catalogue.revisions.first() {
            let x = time.x(days(first.date)) - 3.0;
            self.text(
                "end muted",
                x,
                y(first.count) + 4.0,
                &first.count.to_string(),
            );
        }
        if let Some(newest) = catalogue.revisions.last() {
            let above = y(newest.count) - 5.0;
            self.text("end muted", PLOT.1, above, &newest.count.to_string());
        }
    }

    /// The stretches of a scope; for a scope that no list has, words.
    fn strip(&mut self, entry: &ResourceEntry, time: &Time, top: f64) {
        if entry.listed.is_empty() {
            let text = format!("{}: only on a documentation page", entry.resource);
            self.text("muted", PLOT.0 + 4.0, top + 6.5, &text);
        }
        let words = listed_in_words(&entry.listed);
        for listed in &entry.listed {
            let start = time.x(days(listed.since));
            let end = listed.until.map_or(PLOT.1, |until| time.x(days(until)));
            // However short it was, it can be seen.
            let width = ((end - start) * 10.0).round().max(5.0) / 10.0;
            let class = entry.category;
            self.line(format_args!(
                r#"<rect class="{class}" x="{start}" y="{top}" width="{width}" height="{STRIP}"><title>{}: {words}</title></rect>"#,
                entry.resource
            ));
        }
    }
}

fn height(product: &str, entries: &[&ResourceEntry]) -> f64 {
    let names = LINE * count(wrap(product, NAME_WIDTH).len());
    (STRIP_PITCH * count(entries.len())).max(names)
}

/// Returns the number of days from 0000-03-01 on.
fn days(date: Date) -> i64 {
    // Counted in years that begin in March, so that a leap day is the last day of its year.
    let (year, month, day) = (
        i64::from(date.year()),
        i64::from(date.month()),
        i64::from(date.day()),
    );
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 1
}

#[expect(clippy::cast_precision_loss, reason = "days of four-digit years")]
fn float(days: i64) -> f64 {
    days as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a catalogue has at most 128 scopes"
)]
fn count(number: usize) -> f64 {
    number as f64
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
