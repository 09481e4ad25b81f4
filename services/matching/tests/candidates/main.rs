//! Who is proposed for a request, how well, and why.

mod judging;
mod policies;
mod pool;
