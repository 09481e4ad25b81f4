//! What a panic writes to the log.

use std::panic::PanicHookInfo;

/// Replaces the hook that prints every panic's message: a message built at run time can hold what a caller sent, so only
/// its place is logged, and the text when it is a literal of our source.
pub(crate) fn report_without_content() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(target: "panic", %place, message = literal(panic));
    }));
}

fn literal<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)")
}
