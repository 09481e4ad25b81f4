//! Not everybody can be seated: the right reason, with its numbers.
