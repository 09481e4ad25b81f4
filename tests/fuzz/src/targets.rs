//! The targets. To add one: a body and its inputs in a module here, a line below, a line in `tests/every_target.rs`.

mod calls;
mod command;
mod events;
mod facts;
mod files;
mod forms;
mod index;
mod numbers;
mod policies;
mod readers;
mod shown;
mod tables;
mod texts;
mod wire;

use crate::Target;

/// Every target, by what it reads.
pub const TARGETS: &[Target] = &[
    Target {
        name: "survey_file",
        about: "a CSV of survey responses, as `import survey` reads it",
        body: files::survey,
        seeds: files::survey_seeds,
        words: files::SURVEY_WORDS,
        most: 64 << 10,
    },
    Target {
        name: "form_file",
        about: "a form of kit-forms from its JSON, alone and extending another",
        body: forms::file,
        seeds: forms::file_seeds,
        words: forms::FILE_WORDS,
        most: 16 << 10,
    },
    Target {
        name: "form_cells",
        about: "a cell of a file for each kind of question, and whole responses, checked against the shipped forms",
        body: forms::cells,
        seeds: forms::cell_seeds,
        words: forms::CELL_WORDS,
        most: 4 << 10,
    },
    Target {
        name: "policies",
        about: "policies of scoring and matching, publications, settings, rules and templates of notices, from their JSON",
        body: policies::read,
        seeds: policies::seeds,
        words: policies::WORDS,
        most: 32 << 10,
    },
    Target {
        name: "envelopes",
        about: "an event with its bodies as every message an event can carry, and its sealed body",
        body: events::envelope,
        seeds: events::envelope_seeds,
        words: events::WORDS,
        most: 8 << 10,
    },
    Target {
        name: "texts",
        about: "free text of experts and what is typed to find it: normal form, index, highlights, snippets, suggestions",
        body: texts::search,
        seeds: texts::seeds,
        words: texts::WORDS,
        most: 4 << 10,
    },
    Target {
        name: "numbers",
        about: "registration and corporate numbers, labels, names, moments and days",
        body: numbers::read,
        seeds: numbers::seeds,
        words: numbers::WORDS,
        most: 512,
    },
    Target {
        name: "tables",
        about: "a table in a text of any of the encodings met with in Japan",
        body: tables::text,
        seeds: tables::text_seeds,
        words: tables::TEXT_WORDS,
        most: 64 << 10,
    },
    Target {
        name: "workbooks",
        about: "an Excel workbook: its parts, and its packing",
        body: tables::book,
        seeds: tables::book_seeds,
        words: tables::BOOK_WORDS,
        most: 32 << 10,
    },
    Target {
        name: "kept_index",
        about: "the file in which the search keeps its index, piece by piece",
        body: index::kept,
        seeds: index::kept_seeds,
        words: index::WORDS,
        most: 64 << 10,
    },
    Target {
        name: "index_events",
        about: "events as the search reads them, what they make of a search, and the index kept",
        body: index::events,
        seeds: index::event_seeds,
        words: index::WORDS,
        most: 8 << 10,
    },
    Target {
        name: "tokens",
        about: "page tokens, tokens of writes, and the search around them",
        body: index::tokens,
        seeds: index::token_seeds,
        words: index::WORDS,
        most: 2 << 10,
    },
    Target {
        name: "fact_events",
        about: "events as the reports read them, and every report of them",
        body: facts::events,
        seeds: facts::seeds,
        words: facts::WORDS,
        most: 4 << 10,
    },
    Target {
        name: "row_events",
        about: "events as register, engagements, notices and matching read them into their databases",
        body: readers::events,
        seeds: readers::seeds,
        words: readers::WORDS,
        most: 4 << 10,
    },
    Target {
        name: "metadata",
        about: "who calls, the deadline of a call, and its trace",
        body: wire::read,
        seeds: wire::seeds,
        words: wire::WORDS,
        most: 2 << 10,
    },
    Target {
        name: "terminal",
        about: "hostile text in a table of the command line",
        body: shown::terminal,
        seeds: shown::seeds,
        words: shown::WORDS,
        most: 2 << 10,
    },
    Target {
        name: "timetables",
        about: "hostile names in a printed timetable, its CSV and its calendars",
        body: shown::timetables,
        seeds: shown::seeds,
        words: shown::WORDS,
        most: 2 << 10,
    },
    Target {
        name: "command_line",
        about: "what is typed: commands, options, addresses",
        body: command::line,
        seeds: command::seeds,
        words: command::WORDS,
        most: 1 << 10,
    },
    Target {
        name: "calls",
        about: "every method of every service, over the network, with any bytes for a request",
        body: calls::any,
        seeds: calls::seeds,
        words: calls::WORDS,
        most: 4 << 10,
    },
    Target {
        name: "published_file",
        about: "published numbers to compare with reports, as CSV or JSON",
        body: files::published,
        seeds: files::published_seeds,
        words: files::PUBLISHED_WORDS,
        most: 16 << 10,
    },
    Target {
        name: "guidance_file",
        about: "a file of a past programme's cases, as `import guidance` reads it",
        body: files::guidance,
        seeds: files::guidance_seeds,
        words: files::GUIDANCE_WORDS,
        most: 32 << 10,
    },
];
