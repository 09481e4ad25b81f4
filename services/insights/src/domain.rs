//! What is counted, and counting: pure, in memory.

pub mod answering;
pub mod codes;
pub mod engagement;
pub mod facts;
pub mod held;
pub mod merges;
pub mod registry;
pub mod schema;
pub mod survey;
pub mod tally;
pub mod times;
