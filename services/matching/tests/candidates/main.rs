//! Who is proposed for a request, how well, and why.

mod comparing;
mod deserts;
mod judging;
mod policies;
mod pool;
mod scoring;
mod spread;
mod teams;
