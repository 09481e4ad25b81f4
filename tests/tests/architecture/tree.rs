//! The workspace as the rules see it: its crates, its files, and what breaks a rule.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rust_text::{is_word_character, lines_under, split, words};

/// What breaks a rule, and where.
pub(crate) struct Offence {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// A crate of the workspace, as its manifest has it.
pub(crate) struct Room {
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) text: String,
    /// Names of all crates it depends on, for building and testing too.
    pub(crate) imports: Vec<String>,
}

impl Room {
    pub(crate) fn is_service(&self) -> bool {
        let inner = self.folder.strip_prefix("services/");
        inner.is_some_and(|name| !name.contains('/') && name != "activelist")
    }

    pub(crate) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    pub(crate) fn line_of(&self, key: &str) -> usize {
        let starts = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['.', '=']));
        let table = format!("dependencies.{key}]");
        1 + self.text.lines().position(|line| starts(line.trim()) || line.contains(&table)).unwrap_or(0)
    }

    pub(crate) fn imports_where(&self, forbidden: impl Fn(&String) -> bool, what: &str) -> Vec<Offence> {
        let offence = |name: &String| Offence {
            path: self.manifest(),
            line: self.line_of(name),
            what: format!("`{}` imports `{name}`, {what}", self.name),
        };
        self.imports.iter().filter(|name| forbidden(name)).map(offence).collect()
    }
}

/// A Rust file, split into what the compiler reads and what literals say.
pub(crate) struct Source {
    pub(crate) path: String,
    /// Lines without comments; a literal is left as its quotes.
    pub(crate) code: Vec<String>,
    /// Every string literal with the line on which it begins.
    pub(crate) literals: Vec<(usize, String)>,
    test_lines: Vec<bool>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, literals) = split(text);
        let whole =
            path.starts_with("tests/") || ["/tests/", "/tests.rs", "/benches/"].iter().any(|part| path.contains(part));
        let test_lines = if whole { vec![true; code.len()] } else { lines_under("#[cfg(test)]", &code) };
        Self { path: path.to_owned(), code, literals, test_lines }
    }

    pub(crate) fn is_within_a_service(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.next() == Some("services") && parts.next() != Some("kit") && parts.next() == Some("src")
    }

    /// Whether it is `part.rs`, or lies in `part/`, of a service.
    pub(crate) fn is_part_of_a_service(&self, part: &str) -> bool {
        let third = self.path.split('/').nth(3).unwrap_or_default();
        self.is_within_a_service() && third.trim_end_matches(".rs") == part
    }

    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.test_lines[line - 1]
    }

    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.iter().enumerate().map(|(index, code)| (index + 1, code.as_str()))
    }

    pub(crate) fn offence(&self, line: usize, what: String) -> Offence {
        Offence { path: self.path.clone(), line, what }
    }

    /// Offences by word: identifiers, and pairs such as `std::fs`.
    pub(crate) fn words(&self, judge: impl Fn(&str) -> Option<String>) -> Vec<Offence> {
        let mut found = Vec::new();
        for (number, code) in self.numbered() {
            let pairs = code.match_indices("std::").map(|(at, _)| {
                let end = code[at + 5..].find(|c| !is_word_character(c)).map_or(code.len(), |length| at + 5 + length);
                &code[at..end]
            });
            found.extend(words(code).chain(pairs).filter_map(&judge).map(|what| self.offence(number, what)));
        }
        found
    }
}

/// All Rust files of the repository; what is built or installed there is not ours.
pub(crate) fn sources() -> Vec<Source> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    assert!(paths.len() > 10, "only {} files found under {}", paths.len(), root.display());
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&root).expect("a file of the repository").to_string_lossy().into_owned();
        Source::new(&name, &fs::read_to_string(path).expect("a readable file"))
    };
    paths.iter().map(read).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let foreign = name.starts_with('.') || ["target", "node_modules"].contains(&name.as_str());
        if path.is_dir() && !foreign {
            collect(&path, paths);
        } else if name.ends_with(".rs") {
            paths.push(path);
        }
    }
}

/// The crates of the workspace, asked of cargo, which knows every way of writing a dependency.
pub(crate) fn workspace() -> Vec<Room> {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo answers in JSON");
    let list = |value: &serde_json::Value, key: &str| value[key].as_array().cloned().expect("a list");
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().expect("a text").to_owned();
    let read = |package: &serde_json::Value| {
        let manifest = PathBuf::from(text(package, "manifest_path"));
        let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root()).ok()).expect("a folder of ours");
        Room {
            folder: folder.to_string_lossy().into_owned(),
            name: text(package, "name"),
            text: fs::read_to_string(&manifest).expect("a readable manifest"),
            imports: list(package, "dependencies").iter().map(|dependency| text(dependency, "name")).collect(),
        }
    };
    list(&metadata, "packages").iter().map(read).collect()
}
