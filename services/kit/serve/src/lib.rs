//! kit-serve
