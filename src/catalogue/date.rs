use core::fmt;

/// A day of the proleptic Gregorian calendar, as the lists are dated: `2025-01-20`.
///
/// Printed and parsed as ISO 8601 (`YYYY-MM-DD`); ordered from the earlier to the later day.
///
/// ```
/// use dataportability_scopes::catalogue::Date;
///
/// let day: Date = "2025-07-15".parse()?;
/// assert_eq!(day.to_string(), "2025-07-15");
/// assert!("2025-02-29".parse::<Date>().is_err());
/// # Ok::<(), dataportability_scopes::catalogue::ParseNameError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

impl Date {
    /// Returns the day with this year (0 to 9999), month (from 1) and day of the month (from 1), or
    /// `None` if the calendar has no such day.
    #[must_use]
    pub(crate) const fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if year > 9999 || day == 0 || day > days { None } else { Some(Date { year, month, day }) }
    }

    /// Returns the day that a text is, written as ISO 8601 has it: `2025-01-20`.
    pub(crate) fn from_iso(text: &str) -> Option<Date> {
        let [y @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return None;
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u16, |number, digit| {
                let digit = char::from(*digit).to_digit(10)?;
                Some(number * 10 + u16::try_from(digit).ok()?)
            })
        };
        let small = |digits: [u8; 2]| u8::try_from(number(&digits)?).ok();
        let year = number(y).filter(|_| y.len() == 4)?;
        Date::new(year, small([*m1, *m2])?, small([*d1, *d2])?)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
