//! The program: reads the command line, runs it, and ends with its exit code.

use std::process::ExitCode;

use activelist::args::Args;
use activelist::output::Output;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let mut out = Output::of_process();
    activelist::run(&args, &mut out).await.into()
}
