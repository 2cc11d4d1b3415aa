//! `generated/RESOURCES.svg`: when Google listed each scope, as bars with the resources' names.

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use dataportability_scopes::catalogue::{Category, Date, Resource, Revision, Service};
use plotters::coord::Shift;
use plotters::coord::combinators::BindKeyPoints;
use plotters::coord::types::RangedCoordi32;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::resources_page::{listed, services};

const WIDTH: u32 = 940;
const HEADER: i32 = 64;
const ROW: i32 = 15;
/// What the time axis and the margins need.
const AXIS: i32 = 36;
/// The days of the plot after the newest list, so that what it brings can be seen.
const DAYS_AFTER_NEWEST: u64 = 45;
/// How many days of the plot a character of a name takes.
const DAYS_PER_CHARACTER: usize = 14;

const PAGE: RGBColor = RGBColor(0xff, 0xff, 0xff);
const TEXT: RGBColor = RGBColor(0x1f, 0x23, 0x28);
const GRID: RGBColor = RGBColor(0xd1, 0xd9, 0xe0);
/// The fills of bars, with words for the legend. All are light, for the names stand on them.
const SENSITIVE: (RGBColor, &str) = (RGBColor(0xa8, 0xd1, 0xff), "sensitive");
const RESTRICTED: (RGBColor, &str) = (RGBColor(0xff, 0xc6, 0x96), "restricted");
const UNKNOWN: (RGBColor, &str) = (RGBColor(0xcd, 0xd5, 0xde), "category unknown");

/// The colors of dark mode take the place of those that plotters writes as attributes.
const DARK: &str = include_str!("dark.css");

/// Returns what the chart shows, in a sentence.
pub(crate) fn title() -> String {
    let (first, newest) = (oldest(), Revision::NEWEST);
    format!(
        "When Google listed each scope: from {} scopes on {first} to {} on {newest}",
        first.scopes().len(),
        newest.scopes().len()
    )
}

/// Returns the chart as an SVG image that follows the reader's light or dark mode.
pub(crate) fn svg() -> Result<String> {
    let columns = columns();
    let rows = columns.iter().map(Vec::len).max().unwrap_or_default();
    let height = HEADER + ROW * i32::try_from(rows)? + AXIS;
    let mut svg = String::new();
    {
        let area =
            SVGBackend::with_string(&mut svg, (WIDTH, height.try_into()?)).into_drawing_area();
        area.fill(&PAGE)?;
        let (header, plots) = area.split_vertically(HEADER);
        draw_header(&header)?;
        for (column, plot) in columns.iter().zip(plots.split_evenly((1, columns.len()))) {
            draw_column(column, rows, &plot)?;
        }
        area.present()?;
    }
    // What plotters does not write: words for those who do not see it, and dark mode.
    let described = "<svg role=\"img\" aria-labelledby=\"title description\" ";
    let words = format!(
        ">\n<title id=\"title\">{}</title>\n<desc id=\"description\">{}</desc>\n\
         <style>{}</style>\n",
        title(),
        description(),
        DARK.trim_end()
    );
    Ok(svg.replacen("<svg ", described, 1).replacen(">\n", &words, 1))
}

/// Says what a reader who does not see the chart should know: the gaps and the ends.
fn description() -> String {
    let stories: Vec<String> = Resource::all()
        .filter(|resource| !matches!(resource.scope().listings(), [only] if only.until.is_none()))
        .map(|resource| format!("{resource}: {}", listed(resource)))
        .collect();
    format!(
        "A bar for each scope, by service, with time from left to right. All bars reach the right \
         edge without a gap, except for these. {}.",
        stories.join(". ")
    )
}

/// A line of the chart.
enum Row {
    Service(Service),
    Resource(Resource),
}

/// Returns the rows of two columns of about the same length, by service.
fn columns() -> [Vec<Row>; 2] {
    let rows = |service: Service| {
        let resources = service.scopes().iter().map(|scope| Row::Resource(scope.resource()));
        [Row::Service(service)].into_iter().chain(resources).collect()
    };
    let half = usize::midpoint(Resource::all().len(), Service::all().len());
    let mut columns = [Vec::new(), Vec::new()];
    for service in services() {
        let rows: Vec<Row> = rows(service);
        let [left, right] = &mut columns;
        let fits = right.is_empty() && left.len() + rows.len() / 2 <= half;
        if fits { left } else { right }.extend(rows);
    }
    columns
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw_header(header: &Area<'_>) -> Result<()> {
    let title = ("sans-serif", 20).into_font().color(&TEXT);
    header.draw(&Text::new(self::title(), (12, 10), title))?;
    let mut left = 12;
    for (color, words) in [SENSITIVE, RESTRICTED, UNKNOWN] {
        header.draw(&Rectangle::new([(left, 41), (left + 18, 53)], color.filled()))?;
        header.draw(&Text::new(words, (left + 24, 47), style(VPos::Center, HPos::Left)))?;
        left += 110;
    }
    Ok(())
}

fn draw_column(rows: &[Row], most: usize, area: &Area<'_>) -> Result<()> {
    let start = day(oldest().date())?;
    let end = day(Revision::NEWEST.date())? + Days::new(DAYS_AFTER_NEWEST);
    let years = (start.format("%Y").to_string().parse()?..)
        .map_while(|year| NaiveDate::from_ymd_opt(year, 1, 1).filter(|day| *day < end))
        .filter(|day| *day >= start);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_top(0)
        .x_label_area_size(AXIS - 12)
        .build_cartesian_2d(
            (start..end).with_key_points(years.collect()),
            RangedCoordi32::from(i32::try_from(most)?..0),
        )?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .x_label_formatter(&|day| day.format("%Y").to_string())
        .label_style(("sans-serif", 13).into_font().color(&TEXT))
        .draw()?;
    for (row, top) in rows.iter().zip(0..) {
        let resource = match row {
            Row::Service(service) => {
                let bold = ("sans-serif", 14, FontStyle::Bold).into_font().color(&TEXT);
                let bold = bold.pos(Pos::new(HPos::Left, VPos::Bottom));
                chart.draw_series([Text::new(service.product_name(), (start, top + 1), bold)])?;
                continue;
            }
            Row::Resource(resource) => *resource,
        };
        let mut longest = (start, start);
        for listing in resource.scope().listings() {
            let since = day(listing.since.date())?;
            let until = listing.until.map_or(Ok(end), |until| day(until.date()))?;
            if until - since > longest.1 - longest.0 {
                longest = (since, until);
            }
            let corners = [(since, top), (until, top + 1)];
            let mut bar = Rectangle::new(corners, fill_of(resource).filled());
            bar.set_margin(1, 1, 0, 0);
            chart.draw_series([bar])?;
        }
        // A name begins with its bar, unless it would not fit before the edge.
        let name = resource.name().split_once('.').map_or(resource.name(), |(_, name)| name);
        let name = match resource.scope().listings() {
            [] => format!("{name} (only on a documentation page)"),
            _ => name.to_owned(),
        };
        let room = u64::try_from(DAYS_PER_CHARACTER * name.len())?;
        let fits = longest.0 + Days::new(room) <= end;
        let (side, pad) = if fits { (HPos::Left, 4) } else { (HPos::Right, -4) };
        let text = EmptyElement::at((longest.0, top))
            + Text::new(name, (pad, ROW / 2), style(VPos::Center, side));
        chart.draw_series([text])?;
    }
    Ok(())
}

fn fill_of(resource: Resource) -> RGBColor {
    match resource.category() {
        Some(Category::Sensitive) => SENSITIVE.0,
        Some(Category::Restricted) => RESTRICTED.0,
        _ => UNKNOWN.0,
    }
}

fn oldest() -> Revision {
    Revision::all().next().unwrap_or(Revision::NEWEST)
}

fn style(vertical: VPos, horizontal: HPos) -> TextStyle<'static> {
    let style = ("sans-serif", 13).into_font().color(&TEXT);
    style.pos(Pos::new(horizontal, vertical))
}

fn day(date: Date) -> Result<NaiveDate> {
    date.to_string().parse().with_context(|| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_of_every_scope_is_a_bar_with_its_name() {
        let svg = svg().expect("a chart");
        for (color, _) in [SENSITIVE, RESTRICTED, UNKNOWN] {
            let fill = format!("fill=\"#{:02X}{:02X}{:02X}\"", color.0, color.1, color.2);
            let drawn =
                svg.lines().filter(|line| line.starts_with("<rect") && line.contains(&fill));
            let listings = Resource::all().filter(|resource| fill_of(*resource) == color);
            let stretches = listings.map(|resource| resource.scope().listings().len());
            // One more in the legend.
            assert_eq!(drawn.count(), stretches.sum::<usize>() + 1, "{fill}");
            // Dark mode has a color of its own for it.
            assert!(DARK.contains(&fill), "{fill}");
        }
        let description = description();
        for resource in Resource::all() {
            let name = resource.name().split_once('.').expect("a name").1;
            assert!(svg.lines().any(|line| line.starts_with(name)), "{name}");
            // Those who do not see the chart are told the gaps and the ends.
            let uninterrupted =
                matches!(resource.scope().listings(), [only] if only.until.is_none());
            let told = description.contains(&format!(" {resource}: {}.", listed(resource)));
            assert_eq!(told, !uninterrupted, "{resource}");
        }
        assert!(svg.contains(&description));
    }
}
