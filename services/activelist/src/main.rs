//! The program: reads the command line, runs it, and ends with its exit code.

use std::process::ExitCode;

use activelist::args::Args;
use activelist::output::Output;

/// A call makes hundreds of small texts, and answers them as many; this allocator is quicker at that than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::of_process();
    let mut out = Output::of_process();
    activelist::run(&args, &mut out).await.into()
}
