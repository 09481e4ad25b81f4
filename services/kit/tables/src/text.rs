//! Text: which encoding, which delimiter, then records.

mod elsewhere;
mod encoding;
mod records;

pub use self::encoding::Encoding;
pub(crate) use self::records::Lines;
