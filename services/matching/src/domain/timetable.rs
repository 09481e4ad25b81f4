//! Timetables of consultation events.
