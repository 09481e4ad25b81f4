//! Events that are none: everything wrong at once, each with its place.
