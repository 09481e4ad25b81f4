//! Where the program speaks: results to stdout, progress and complaints to stderr, colour only for eyes.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kit_vocabulary::Lang;
use terminal_size::{Height, Width};

/// Columns of a terminal that does not tell, and of tables that are read elsewhere.
pub const USUAL_WIDTH: usize = 100;

/// What a piece of text is, where colours help to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A heading.
    Heading,
    /// Something that went well.
    Good,
    /// Something that went wrong.
    Bad,
    /// Something worth a look.
    Notice,
    /// Something beside the point.
    Faint,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Heading => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Notice => AnsiColor::Yellow.on_default(),
            Self::Faint => Style::new().dimmed(),
        }
    }
}

/// How texts are set off on a stream: with escape sequences on a terminal, not at all elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pen {
    escapes: bool,
}

impl Pen {
    /// For a terminal that may be given escape sequences.
    pub const TERMINAL: Self = Self { escapes: true };
    /// For everything else.
    pub const PLAIN: Self = Self { escapes: false };

    /// Whether escape sequences may be written.
    pub fn escapes(self) -> bool {
        self.escapes
    }

    /// A text in the colour of its tone.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.escapes {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{}{text}{}", style.render(), style.render_reset())
    }

    /// A text in a tone, or as it is.
    pub fn maybe(self, tone: Option<Tone>, text: &str) -> String {
        tone.map_or_else(|| text.to_owned(), |tone| self.paint(tone, text))
    }
}

/// The two streams of the program.
pub struct Output {
    out: Stream,
    err: Stream,
    lang: Lang,
}

struct Stream {
    to: Box<dyn Write + Send>,
    pen: Pen,
    terminal: bool,
    /// Columns of the terminal; `None` when nobody looks.
    width: Option<usize>,
    /// The first thing that went wrong; nothing is written after it.
    broken: Option<io::Error>,
}

impl Stream {
    fn line(&mut self, text: &str) {
        if self.broken.is_none() {
            self.broken = writeln!(self.to, "{text}").and_then(|()| self.to.flush()).err();
        }
    }
}

impl Output {
    /// Standard output and standard error; colours for terminals unless `NO_COLOR` is set.
    pub fn of_process() -> Self {
        let colours = env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
            && env::var_os("TERM").is_none_or(|kind| kind != "dumb");
        let stream = |to: Box<dyn Write + Send>, terminal, width: Option<(Width, Height)>| Stream {
            to,
            pen: if terminal && colours { Pen::TERMINAL } else { Pen::PLAIN },
            terminal,
            width: terminal.then(|| width.map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0))),
            broken: None,
        };
        let (out, err) = (io::stdout(), io::stderr());
        let (out_terminal, out_width) = (out.is_terminal(), terminal_size::terminal_size_of(&out));
        let (err_terminal, err_width) = (err.is_terminal(), terminal_size::terminal_size_of(&err));
        Self {
            out: stream(Box::new(out), out_terminal, out_width),
            err: stream(Box::new(err), err_terminal, err_width),
            lang: Lang::Ja,
        }
    }

    /// Streams that are kept instead of shown, without colours: for tests.
    pub fn captured() -> (Self, Captured) {
        Self::kept(None)
    }

    /// As [`Output::captured`], as if stdout were a terminal of so many columns, with colours: for tests.
    pub fn captured_terminal(width: usize) -> (Self, Captured) {
        Self::kept(Some(width))
    }

    fn kept(width: Option<usize>) -> (Self, Captured) {
        let kept = Captured::default();
        let stream = |to: Kept, pen, width| Stream { to: Box::new(to), pen, terminal: false, width, broken: None };
        let pen = if width.is_some() { Pen::TERMINAL } else { Pen::PLAIN };
        let (out, err) = (stream(kept.out.clone(), pen, width), stream(kept.err.clone(), Pen::PLAIN, None));
        (Self { out, err, lang: Lang::Ja }, kept)
    }

    /// Which of the two languages is spoken where there is room for one.
    pub fn speak(&mut self, lang: Lang) {
        self.lang = lang;
    }

    /// The language of headings and labels.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A line of the result.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.out.line(text.as_ref());
    }

    /// A line for whoever watches.
    pub fn note(&mut self, text: impl AsRef<str>) {
        self.err.line(text.as_ref());
    }

    /// A text in the colour of its tone, for [`Output::line`].
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        self.out.pen.paint(tone, text)
    }

    /// A text in the colour of its tone, for [`Output::note`].
    pub fn paint_note(&self, tone: Tone, text: &str) -> String {
        self.err.pen.paint(tone, text)
    }

    /// How the result is set off.
    pub fn pen(&self) -> Pen {
        self.out.pen
    }

    /// How the notes are set off.
    pub fn note_pen(&self) -> Pen {
        self.err.pen
    }

    /// Columns of the terminal that shows the result; `None` when it goes elsewhere.
    pub fn width(&self) -> Option<usize> {
        self.out.width
    }

    /// Columns of the terminal that shows the notes.
    pub fn note_width(&self) -> Option<usize> {
        self.err.width
    }

    /// A bar on stderr for `length` steps; invisible when nobody looks.
    pub fn progress(&self, what: &str, length: u64) -> ProgressBar {
        let target = if self.err.terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let look = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}");
        let bar = ProgressBar::with_draw_target(Some(length), target).with_message(what.to_owned());
        match look {
            Ok(look) => bar.with_style(look),
            Err(_) => bar,
        }
    }

    /// A count on stderr of steps whose number nobody knows yet; invisible when nobody looks.
    pub fn counter(&self, what: &str) -> ProgressBar {
        let bar = self.progress(what, 0);
        bar.unset_length();
        match ProgressStyle::with_template("{msg} {pos} {elapsed}") {
            Ok(look) => bar.with_style(look),
            Err(_) => bar,
        }
    }

    /// The first thing that kept a line from being written. A reader who has seen enough and left is none.
    ///
    /// # Errors
    /// As the operating system said it: the disk is full, the stream was closed.
    pub fn finish(&mut self) -> io::Result<()> {
        match self.out.broken.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }
}

/// What was written to the streams of [`Output::captured`].
#[derive(Debug, Clone, Default)]
pub struct Captured {
    out: Kept,
    err: Kept,
}

impl Captured {
    /// Everything on stdout.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Everything on stderr.
    pub fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
