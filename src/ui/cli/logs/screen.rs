//! Log text for people and for pipes.

use std::io::{self, IsTerminal, Write};

use super::super::output::{Paint, Printer};
use crate::app::logs::FoundEntry;
use crate::model::logs::line::{Level, recognise};
use crate::model::text::Visible;

/// A line is painted if its level stands within so many bytes.
const HEAD: usize = 4096;

/// So much is made visible at a time.
const PIECE: usize = 64 * 1024;

/// Shows log text as it comes.
pub struct LogScreen<W> {
    out: W,
    /// Nothing where the text is passed on as it is.
    visible: Option<Visible>,
    colors: bool,
    /// In colours: the beginning of a line whose level is not known yet.
    head: Vec<u8>,
    painted: Painted,
    shown: Vec<u8>,
    at_line_start: bool,
}

/// How far the painting of a line has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Painted {
    /// It is still collected.
    NotYet,
    /// It has no colour.
    Plain,
    /// Its colour is to be ended with it.
    Colored,
}

impl<W: Write> LogScreen<W> {
    /// `raw` passes everything on as it is, but never to a terminal.
    pub fn new(out: W, raw: bool, printer: &Printer) -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            out,
            visible: (!raw || terminal).then(|| Visible::new(terminal)),
            colors: printer.has_colors(),
            head: Vec::new(),
            painted: Painted::NotYet,
            shown: Vec::new(),
            at_line_start: true,
        }
    }

    /// Shows a part of a text.
    pub fn push(&mut self, text: &[u8]) -> io::Result<()> {
        let Some(last) = text.last() else {
            return Ok(());
        };
        self.at_line_start = *last == b'\n';
        if !self.colors {
            return self.write(text);
        }
        for part in text.split_inclusive(|byte| *byte == b'\n') {
            self.paint(part)?;
        }
        Ok(())
    }

    /// Shows an entry, on lines of its own.
    pub fn entry(&mut self, entry: FoundEntry<'_>) -> io::Result<()> {
        if !self.at_line_start {
            self.push(b"\n")?;
        }
        self.push(entry.text)?;
        entry.rest(|block| self.push(block))
    }

    /// Shows what was held back.
    pub fn finish(&mut self) -> io::Result<()> {
        if !self.head.is_empty() {
            self.begin_line()?;
        }
        if let Some(visible) = &mut self.visible {
            self.shown.clear();
            visible.finish(&mut self.shown);
            self.out.write_all(&self.shown)?;
        }
        if self.painted == Painted::Colored {
            self.out.write_all(b"\x1b[0m")?;
        }
        self.painted = Painted::NotYet;
        self.out.flush()
    }

    /// A part of one line.
    fn paint(&mut self, part: &[u8]) -> io::Result<()> {
        let ends = part.ends_with(b"\n");
        if self.painted == Painted::NotYet {
            self.head.extend(part);
            if ends || self.head.len() >= HEAD {
                self.begin_line()?;
            }
        } else if self.painted == Painted::Colored && ends {
            self.end_painted(part)?;
        } else {
            self.write(part)?;
        }
        if ends {
            self.painted = Painted::NotYet;
        }
        Ok(())
    }

    fn begin_line(&mut self) -> io::Result<()> {
        let head = std::mem::take(&mut self.head);
        let level = recognise(&head).and_then(|line| line.level);
        let paint = match level {
            Some(Level::Critical | Level::Error) => Some(Paint::Red),
            Some(Level::Warning) => Some(Paint::Yellow),
            Some(Level::Debug | Level::Trace) => Some(Paint::Dim),
            Some(Level::Info | Level::Notice) | None => None,
        };
        let Some(paint) = paint else {
            self.painted = Painted::Plain;
            return self.write(&head);
        };
        self.painted = Painted::Colored;
        write!(self.out, "\x1b[{}m", paint.code())?;
        if head.ends_with(b"\n") {
            self.end_painted(&head)
        } else {
            self.write(&head)
        }
    }

    /// The colour ends before the line does.
    fn end_painted(&mut self, part: &[u8]) -> io::Result<()> {
        let text = part.strip_suffix(b"\n").unwrap_or(part);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        self.write(text)?;
        self.out.write_all(b"\x1b[0m")?;
        self.painted = Painted::Plain;
        self.write(&part[text.len()..])
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        match &mut self.visible {
            Some(visible) if !visible.is_plain(text) => {
                // What is made visible is several times as long.
                for piece in text.chunks(PIECE) {
                    self.shown.clear();
                    visible.push(piece, &mut self.shown);
                    self.out.write_all(&self.shown)?;
                }
                Ok(())
            }
            Some(_) | None => self.out.write_all(text),
        }
    }
}
