//! What is wrong with a file, for programs and, from `data/faults.json`, for people.

use kit_vocabulary::Words;

use crate::place::Place;

kit_vocabulary::fault_reasons! {
    include_str!("../data/faults.json");
    /// Nothing in it but white space.
    Empty "EMPTY";
    /// More bytes than are read.
    TooLarge "TOO_LARGE";
    /// Bytes of no encoding that is read.
    NotText "NOT_TEXT";
    /// By its mark or by what comes before, UTF-8; but not all of it is.
    BadUtf8 "BAD_UTF8";
    /// By its mark UTF-16; but not all of it is, such as half a pair of surrogates.
    BadUtf16 "BAD_UTF16";
    /// UTF-16 without a byte order mark.
    UnmarkedUtf16 "UNMARKED_UTF16";
    /// Japanese as Unix systems wrote it.
    EucJp "EUC_JP";
    /// Japanese as mail writes it.
    Iso2022Jp "ISO_2022_JP";
    /// More columns than are read.
    TooManyColumns "TOO_MANY_COLUMNS";
    /// More cells than are read.
    TooManyCellsInAll "TOO_MANY_CELLS_IN_ALL";
    /// A cell of more bytes than are read.
    CellTooLong "CELL_TOO_LONG";
    /// A row of more bytes than are read.
    RowTooLong "ROW_TOO_LONG";
    /// A workbook as Excel wrote them before 2007.
    OldWorkbook "OLD_WORKBOOK";
    /// A workbook that only its password opens.
    LockedWorkbook "LOCKED_WORKBOOK";
    /// A workbook in Excel's binary format.
    BinaryWorkbook "BINARY_WORKBOOK";
    /// A zip file of something else.
    NotAWorkbook "NOT_A_WORKBOOK";
    /// Cut off, damaged, or against the format.
    BrokenWorkbook "BROKEN_WORKBOOK";
    /// More than is unpacked.
    UnpacksTooLarge "UNPACKS_TOO_LARGE";
    /// No sheet is shown.
    NoSheet "NO_SHEET";
    /// The sheet that was asked for is not there.
    UnknownSheet "UNKNOWN_SHEET";
    /// A sheet was asked for, and the file is no workbook.
    NoSheetsInText "NO_SHEETS_IN_TEXT";
    /// The file ends within quotes.
    UnclosedQuote "UNCLOSED_QUOTE";
    /// Fewer cells than headings.
    TooFewCells "TOO_FEW_CELLS";
    /// Cells beyond the headings.
    TooManyCells "TOO_MANY_CELLS";
    /// `#N/A` and its kin.
    ErrorValue "ERROR_VALUE";
    /// A formula whose result was never stored.
    FormulaWithoutValue "FORMULA_WITHOUT_VALUE";
    /// Any cell of a merged range but its first.
    MergedCell "MERGED_CELL";
    /// A number that is shown as a date, and is none.
    NoDate "NO_DATE";
    /// A cell against the format.
    BrokenCell "BROKEN_CELL";
    /// A line of JSON lines that is no object.
    NotAnObject "NOT_AN_OBJECT";
    /// An object of JSON lines with one key several times.
    DoubledKey "DOUBLED_KEY";
}

/// Why a file is not read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum Complaint {
    /// Its bytes cannot be had.
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    /// What they are is at fault.
    #[error("{}", self.told().en)]
    Faulty {
        /// What is wrong.
        fault: Box<Fault>,
        /// Where, unless it is wrong as a whole.
        place: Option<Place>,
    },
}

impl Complaint {
    pub(crate) fn of(reason: Reason) -> Self {
        Self::Faulty { fault: Box::new(Fault::new("", reason)), place: None }
    }

    pub(crate) fn at(place: Place, reason: Reason) -> Self {
        Self::Faulty { fault: Box::new(Fault::new("", reason)), place: Some(place) }
    }

    #[must_use]
    pub(crate) fn with(self, key: &'static str, value: impl ToString) -> Self {
        match self {
            Self::Faulty { fault, place } => Self::Faulty { fault: Box::new(fault.with(key, value)), place },
            unreadable @ Self::Unreadable(_) => unreadable,
        }
    }

    pub(crate) fn broken(part: &str) -> Self {
        Self::of(Reason::BrokenWorkbook).with("part", part)
    }

    /// The stable name of the reason; `UNREADABLE` when the bytes cannot be had.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "UNREADABLE",
            Self::Faulty { fault, .. } => fault.code(),
        }
    }

    /// Where, unless it is the file as a whole.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Unreadable(_) => None,
            Self::Faulty { place, .. } => place.as_ref(),
        }
    }

    /// In both languages, with the place.
    pub fn told(&self) -> Words {
        match self {
            Self::Unreadable(error) => Words { ja: error.to_string(), en: error.to_string() },
            Self::Faulty { fault, place: None } => fault.told(),
            Self::Faulty { fault, place: Some(place) } => {
                let (at, what) = (place.told(), fault.told());
                Words { ja: format!("{}: {}", at.ja, what.ja), en: format!("{}: {}", at.en, what.en) }
            }
        }
    }
}
