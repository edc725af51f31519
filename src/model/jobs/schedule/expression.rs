//! One expression of five fields, as Debian's and macOS's cron read it (crontab(5)).

/// What an expression allows. A set has bit `n` where `n` is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Expression {
    /// 0 to 59.
    pub minutes: u64,
    /// 0 to 23.
    pub hours: u64,
    /// Days of the month, 1 to 31.
    pub days: u64,
    /// 1 to 12.
    pub months: u64,
    /// Days of the week, 0 (Sunday) to 6.
    pub weekdays: u64,
    /// Whether a day must be in both sets of days, and not in either: so it is where one of the
    /// two fields begins with `*`.
    pub both_days: bool,
    /// Whether it follows the clock when that is put forward or back: so it is where minute or
    /// hour begins with `*`. Else it is due once on each day, whatever the clock does.
    pub by_clock: bool,
}

struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field::new("minute", 0, 59, &[]),
    Field::new("hour", 0, 23, &[]),
    Field::new("day of the month", 1, 31, &[]),
    Field::new("month", 1, 12, &MONTHS),
    Field::new("day of the week", 0, 7, &WEEKDAYS),
];

/// The words that stand for five fields.
const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Expression {
    /// Reads five fields or one of the words that stand for them; what is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_matches([' ', '\t']);
        let text = match NICKNAMES
            .iter()
            .find(|(word, _)| text.eq_ignore_ascii_case(word))
        {
            Some((_, fields)) => fields,
            None if text.eq_ignore_ascii_case("@reboot") => {
                return Err("\"@reboot\" is not a time: it runs when cron starts".into());
            }
            None if text.starts_with('@') => {
                return Err(format!(
                    "{text:?} is not known, expected @hourly, @daily, @weekly, @monthly or @yearly"
                ));
            }
            None => text,
        };
        let words: Vec<&str> = text
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        let Ok(words) = <[&str; 5]>::try_from(words.as_slice()) else {
            let count = words.len();
            return Err(format!(
                "it has {count} {}, expected five: minute, hour, day of the month, month, day of the week",
                if count == 1 { "field" } else { "fields" }
            ));
        };
        let mut sets = [0; 5];
        for ((set, field), word) in sets.iter_mut().zip(&FIELDS).zip(words) {
            *set = field.parse(word)?;
        }
        let [minutes, hours, days, months, weekdays] = sets;
        let star = |number: usize| words[number].starts_with('*');
        Ok(Self {
            minutes,
            hours,
            days,
            months,
            // Sunday is 7 as well.
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
            both_days: star(2) || star(4),
            by_clock: star(0) || star(1),
        })
    }

    /// Whether a day is one of its days; `weekday` is 0 on a Sunday.
    pub fn has_day(&self, month: u32, day: u32, weekday: u32) -> bool {
        let (day, weekday) = (has(self.days, day), has(self.weekdays, weekday));
        has(self.months, month)
            && if self.both_days {
                day && weekday
            } else {
                day || weekday
            }
    }
}

/// Whether a set has a number.
fn has(set: u64, number: u32) -> bool {
    set >> number & 1 == 1
}

/// The numbers in a set, the smallest first.
pub fn numbers(set: u64) -> impl DoubleEndedIterator<Item = u32> {
    (0..64).filter(move |number| has(set, *number))
}

impl Field {
    const fn new(
        name: &'static str,
        first: u32,
        last: u32,
        names: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            first,
            last,
            names,
        }
    }

    fn parse(&self, text: &str) -> Result<u64, String> {
        let mut set = 0;
        for part in text.split(',') {
            set |= self
                .part(part)
                .map_err(|why| format!("{}: {why}", self.name))?;
        }
        Ok(set)
    }

    /// `*`, `5`, `1-5`, each of the ranges with a step behind it.
    fn part(&self, text: &str) -> Result<u64, String> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None if step.is_some() => {
                return Err(format!(
                    "{text:?} has a step but no range, expected something like \"*/5\" or \"10-40/5\""
                ));
            }
            None => {
                let number = self.number(range)?;
                (number, number)
            }
        };
        if first > last {
            return Err(format!(
                "{range:?} runs backwards, expected the smaller number first"
            ));
        }
        let step = match step {
            None => 1,
            Some(step) => number(step)
                .filter(|step| *step > 0)
                .ok_or_else(|| format!("{step:?} is not a step, expected a number from 1"))?,
        };
        let steps = (first..=last).step_by(step as usize);
        Ok(steps.fold(0, |set, number| set | 1 << number))
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let named = self
            .names
            .iter()
            .position(|name| text.eq_ignore_ascii_case(name));
        let named = named.and_then(|place| u32::try_from(place).ok());
        // January is 1, Sunday is 0.
        named
            .map(|place| place + self.first)
            .or_else(|| number(text))
            .filter(|number| (self.first..=self.last).contains(number))
            .ok_or_else(|| {
                let (first, last) = (self.first, self.last);
                let or_named = match (self.names.first(), self.names.last()) {
                    (Some(first), Some(last)) => format!(" or {first} to {last}"),
                    _ => String::new(),
                };
                format!("{text:?} is out of range, expected {first} to {last}{or_named}")
            })
    }
}

/// A number without a sign.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}
