//! Who can help with a request, how well, and why.
