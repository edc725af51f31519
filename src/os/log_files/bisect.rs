//! Finds the place of a time in a log file, by bisection.

use std::io;

use super::file::{BLOCK, LogFile};
use crate::model::logs::dialect::Grouping;
use crate::model::logs::time::Stamp;

impl LogFile {
    /// Where the first entry begins that is not `too_early`, or one not far before it, if
    /// entries are in order of time: it is found by bisection.
    pub fn first_since(&self, too_early: impl Fn(Stamp) -> bool) -> io::Result<u64> {
        let mut low = self.first_entry()?;
        if !self.dialect().is_ordered() {
            return Ok(low);
        }
        let mut high = self.length();
        while high - low > BLOCK {
            let middle = low + (high - low) / 2;
            match self.stamp_after(middle, high)? {
                Some((at, stamp)) if too_early(stamp) => low = at,
                Some(_) | None => high = middle,
            }
        }
        // Writers on several threads are a little out of order.
        let first = self.first_entry()?;
        let low = low.saturating_sub(BLOCK);
        if low <= first {
            return Ok(first);
        }
        self.entry_after(low, self.length(), Grouping::Entries)
    }

    /// Where the entries end that are not `too_late`, or not far behind that.
    pub fn end_until(&self, too_late: impl Fn(Stamp) -> bool) -> io::Result<u64> {
        let mut low = self.first_entry()?;
        let mut high = self.length();
        if !self.dialect().is_ordered() {
            return Ok(high);
        }
        while high - low > BLOCK {
            let middle = low + (high - low) / 2;
            match self.stamp_after(middle, high)? {
                Some((at, stamp)) if !too_late(stamp) => low = at,
                Some(_) | None => high = middle,
            }
        }
        let high = self.length().min(high + BLOCK);
        self.entry_after(high, self.length(), Grouping::Entries)
    }

    /// The first entry with a time at or behind `from`, and that time.
    fn stamp_after(&self, from: u64, most: u64) -> io::Result<Option<(u64, Stamp)>> {
        let mut found = None;
        let at = self.line_after(from, most, |line| {
            let dialect = self.dialect();
            found = dialect.parse(line).and_then(|line| dialect.time(&line));
            found.is_some()
        })?;
        Ok(found.map(|stamp| (at, stamp)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::tests::file;
    use super::*;

    #[test]
    fn a_bisection_finds_a_place_near_a_time() {
        let mut content = Vec::new();
        for second in 0..20_000 {
            let (minute, second) = (second / 60, second % 60);
            let (hour, minute) = (minute / 60, minute % 60);
            let line = format!("2026-11-22 {hour:02}:{minute:02}:{second:02} [INFO] a: b\nmore\n");
            content.extend(line.bytes());
        }
        let (_folder, file) = file(&content);
        let zone = chrono::FixedOffset::east_opt(0).unwrap();
        for time in ["00:00:00", "02:00:00", "05:33:19", "06:00:00"] {
            let line = format!("2026-11-22 {time} [INFO]");
            let place = content
                .windows(line.len())
                .position(|window| window == line.as_bytes())
                .unwrap_or(content.len()) as u64;
            let wanted = Stamp::parse(&line[..19]).unwrap().wall(zone);

            let since = file.first_since(|stamp| stamp.wall(zone) < wanted).unwrap();
            let until = file.end_until(|stamp| stamp.wall(zone) > wanted).unwrap();

            assert!(
                since <= place && place <= since + 3 * BLOCK,
                "{time}: {since}"
            );
            assert!(
                until >= place && until <= place + 3 * BLOCK,
                "{time}: {until}"
            );
        }
    }
}
