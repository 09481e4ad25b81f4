//! What an expert is, what a company is, and what may happen to them. Pure: the moment, the actor and every id come in as arguments.

pub mod check;
pub mod company;
pub mod expert;
pub mod fault;
pub mod listing;
pub mod merge;
pub mod profile;
pub mod response;
pub mod standing;
pub mod state;

pub use company::Company;
pub use expert::{Change, Command, Consent, ConsentSource, Expert, Moment, Refused, Verification};
pub use fault::Fault;
pub use listing::Obstacle;
pub use merge::Limits;
pub use response::Response;
pub use state::{Causes, Delisting, Pause, State, Transition};
