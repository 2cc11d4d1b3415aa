use core::fmt;
use core::str::FromStr;

/// A day of the proleptic Gregorian calendar, as the lists are dated: `2025-01-20`.
///
/// Printed and parsed as ISO 8601 (`YYYY-MM-DD`); ordered from the earlier to the later day.
///
/// ```
/// use dataportability_scopes::catalogue::Date;
///
/// let day: Date = "2025-07-15".parse()?;
/// assert_eq!(Date::new(2025, 7, 15), Some(day));
/// assert_eq!(Date::new(2025, 2, 29), None);
/// # Ok::<(), dataportability_scopes::catalogue::ParseDateError>(())
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
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if year > 9999 || day == 0 || day > days {
            None
        } else {
            Some(Date { year, month, day })
        }
    }

    /// Returns the year, 0 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// Returns the month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Returns the day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = ParseDateError;

    fn from_str(input: &str) -> Result<Date, ParseDateError> {
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u16, |number, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| number * 10 + u16::from(digit - b'0'))
            })
        };
        let [y @ .., b'-', m1, m2, b'-', d1, d2] = input.as_bytes() else {
            return Err(ParseDateError);
        };
        if y.len() != 4 {
            return Err(ParseDateError);
        }
        let (Some(year), Some(month), Some(day)) =
            (number(y), number(&[*m1, *m2]), number(&[*d1, *d2]))
        else {
            return Err(ParseDateError);
        };
        let small = |number| u8::try_from(number).unwrap_or_default();
        Date::new(year, small(month), small(day)).ok_or(ParseDateError)
    }
}

/// An error from parsing a [`Date`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseDateError;

impl fmt::Display for ParseDateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a day of the calendar, written as YYYY-MM-DD, such as 2025-01-20")
    }
}

impl core::error::Error for ParseDateError {}
