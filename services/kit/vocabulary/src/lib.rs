//! kit-vocabulary
