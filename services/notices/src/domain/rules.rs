//! The rules: which situation asks whom for what, from when, until when. They are data; this reads and applies them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use kit_clock::Timestamp;
use serde::Deserialize;

use super::moment::{self, Moment};
use super::situation::{KINDS, Situation};
use super::template::{Shared, Template};

/// One rule: who is told what in which situation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Its name.
    rule: String,
    /// The kind of situation.
    about: String,
    /// Values that the situation has to have: any one of those listed.
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
    /// Who is told, and by which template.
    to: BTreeMap<String, String>,
    /// What makes it another occasion: names of values and moments.
    #[serde(default)]
    of: Vec<String>,
    /// Rules with the same cause raise one notice between them: the first that holds. The rule's name when absent.
    #[serde(default)]
    cause: Option<String>,
    /// From when; at once when empty.
    #[serde(default)]
    raise: Vec<Moment>,
    /// By when what is asked for is to be done; nothing is asked for when empty.
    #[serde(default)]
    due: Vec<Moment>,
    /// Until when it is of any use.
    expires: Vec<Moment>,
    /// When it is told again, as long as the situation holds. `due` may be reckoned from.
    #[serde(default)]
    remind: Vec<Moment>,
    /// News that stays, though the situation was that of a moment.
    #[serde(default)]
    stays: bool,
    /// Not raised when the moment to raise it had passed before anything was known of it.
    #[serde(default)]
    only_ahead: bool,
}

/// A notice that the rules want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it follows from, in words that are the same whenever it is derived again.
    pub cause: String,
    /// `cases/<id>`.
    pub subject: String,
    /// Whom it is for.
    pub recipient: String,
    /// The template.
    pub template: String,
    /// Which reminder, from 1; 0 for the notice itself.
    pub reminder: i32,
    /// From when; at once when absent.
    pub raise: Option<Timestamp>,
    /// By when what is asked for is to be done.
    pub due: Option<Timestamp>,
    /// Until when it is of any use.
    pub expires: Timestamp,
    /// What its text is filled with.
    pub parameters: BTreeMap<String, String>,
    /// Likewise, what tells of somebody.
    pub words: BTreeMap<String, String>,
    /// Path in the portal.
    pub link: String,
    /// Whether it stays when it is no longer wanted.
    pub stays: bool,
    /// Not raised when the moment to raise it had passed before anything was known of it.
    pub only_ahead: bool,
}

/// Rules and templates, read and found good.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    templates: BTreeMap<String, Template>,
    shared: Shared,
}

/// The text of the files, as they are shipped.
const RULES: [&str; 4] = [
    include_str!("../../rules/engagement.json"),
    include_str!("../../rules/registry.json"),
    include_str!("../../rules/matching.json"),
    include_str!("../../rules/survey.json"),
];
const TEMPLATES: [&str; 4] = [
    include_str!("../../templates/engagement.json"),
    include_str!("../../templates/registry.json"),
    include_str!("../../templates/matching.json"),
    include_str!("../../templates/survey.json"),
];
const SHARED: &str = include_str!("../../templates/words.json");

impl Rules {
    /// Those that are shipped.
    pub fn shipped() -> Arc<Self> {
        static SHIPPED: OnceLock<Arc<Rules>> = OnceLock::new();
        let load = || Arc::new(Self::load(&RULES, &TEMPLATES, SHARED).expect("a test loads what is shipped"));
        SHIPPED.get_or_init(load).clone()
    }

    /// Reads rules, templates and shared words.
    ///
    /// # Errors
    /// Everything that is wrong with them: what cannot be read, names that no situation has, templates that are missing.
    pub fn load(rules: &[&str], templates: &[&str], shared: &str) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let rules = lists::<Rule>(rules, &mut faults);
        let shared = serde_json::from_str(shared).unwrap_or_else(|error| {
            faults.push(error.to_string());
            Shared::default()
        });
        let mut by_code = BTreeMap::new();
        for template in lists::<Template>(templates, &mut faults) {
            faults.extend(template.faults(&shared));
            if let Some(twice) = by_code.insert(template.template.clone(), template) {
                faults.push(format!("template {} stands twice", twice.template));
            }
        }
        let loaded = Self { rules, templates: by_code, shared };
        let mut names = BTreeSet::new();
        for rule in &loaded.rules {
            if !names.insert(&rule.rule) {
                faults.push(format!("rule {} stands twice", rule.rule));
            }
            faults.extend(loaded.faults(rule).into_iter().map(|what| format!("rule {}: {what}", rule.rule)));
        }
        if faults.is_empty() { Ok(loaded) } else { Err(faults) }
    }

    fn faults(&self, rule: &Rule) -> Vec<String> {
        let Some(kind) = KINDS.into_iter().find(|kind| kind.name == rule.about) else {
            return vec![format!("no situation {}", rule.about)];
        };
        let mut faults = Vec::new();
        let mut need = |holds: bool, what: String| faults.extend((!holds).then_some(what));
        let plain = |name: &str| kind.values.contains(&name) || kind.times.contains(&name);
        rule.when.keys().for_each(|name| need(kind.values.contains(&name.as_str()), format!("no value {name}")));
        rule.of.iter().for_each(|name| need(plain(name), format!("no value or moment {name}")));
        rule.to.keys().for_each(|who| need(kind.people.contains(&who.as_str()), format!("nobody is {who}")));
        need(!rule.to.is_empty(), "nobody is told".to_owned());
        need(!rule.expires.is_empty(), "it never expires".to_owned());
        for moment in rule.raise.iter().chain(&rule.due) {
            need(kind.times.contains(&moment.at.as_str()), format!("no moment {}", moment.at));
        }
        for moment in rule.remind.iter().chain(&rule.expires) {
            let known = kind.times.contains(&moment.at.as_str()) || (moment.at == "due" && !rule.due.is_empty());
            need(known, format!("no moment {}", moment.at));
        }
        for code in rule.to.values() {
            let Some(template) = self.templates.get(code) else {
                need(false, format!("no template {code}"));
                continue;
            };
            for name in template.parameters() {
                let known = plain(name) || kind.words.contains(&name) || (name == "due" && !rule.due.is_empty());
                need(known, format!("template {code} asks for {name}"));
            }
            for name in template.link_parameters() {
                need(plain(name), format!("the link of template {code} asks for {name}"));
            }
        }
        faults
    }

    /// The template of this code.
    pub fn template(&self, code: &str) -> Option<&Template> {
        self.templates.get(code)
    }

    /// Words that templates share.
    pub const fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Everything that the rules want in these situations, by cause. Where several rules have one cause, the first counts.
    pub fn wanted(&self, situations: &[Situation]) -> BTreeMap<String, Wanted> {
        let mut wanted = BTreeMap::new();
        for situation in situations {
            for rule in self.rules.iter().filter(|rule| rule.holds(situation)) {
                for (who, template) in &rule.to {
                    let Some(template) = self.templates.get(template) else { continue };
                    for one in rule.notices(situation, who, template) {
                        wanted.entry(one.cause.clone()).or_insert(one);
                    }
                }
            }
        }
        wanted
    }
}

impl Rule {
    fn holds(&self, situation: &Situation) -> bool {
        let has = |(name, any): (&String, &Vec<String>)| {
            situation.values.get(name.as_str()).is_some_and(|value| any.contains(value))
        };
        situation.kind.name == self.about && self.when.iter().all(has)
    }

    /// The notice to one of those concerned, and its reminders. None where somebody or a moment that it needs is unknown.
    fn notices(&self, situation: &Situation, who: &str, template: &Template) -> Vec<Wanted> {
        let Some(recipient) = situation.people.get(who) else { return Vec::new() };
        let known = |name: &str| situation.times.get(name).copied();
        let due = moment::first(&self.due, &known);
        let times = |name: &str| if name == "due" { due } else { known(name) };
        let Some(expires) = moment::first(&self.expires, &times) else { return Vec::new() };
        let raise = moment::first(&self.raise, &times);
        if (raise.is_none() && !self.raise.is_empty()) || (due.is_none() && !self.due.is_empty()) {
            return Vec::new();
        }
        let Some(cause) = self.cause(situation, recipient) else { return Vec::new() };
        let first = self.notice(situation, template, (cause, recipient, due));
        let mut reminders: Vec<Timestamp> =
            self.remind.iter().filter_map(|one| moment::first(std::slice::from_ref(one), &times)).collect();
        reminders.retain(|at| *at < expires && raise.is_none_or(|raise| raise < *at));
        reminders.sort_unstable();
        reminders.dedup();
        let mut all = vec![Wanted { raise, expires, ..first.clone() }];
        for (index, at) in reminders.iter().enumerate() {
            // The next reminder says all that this one would.
            let until = reminders.get(index + 1).copied().unwrap_or(expires);
            let (cause, number) = (format!("{}#{}", first.cause, at.micros()), index as i32 + 1);
            let (raise, only_ahead) = (Some(*at), true);
            all.push(Wanted { cause, reminder: number, raise, expires: until, only_ahead, ..first.clone() });
        }
        all
    }

    /// What a notice follows from.
    fn cause(&self, situation: &Situation, recipient: &str) -> Option<String> {
        let name = self.cause.as_ref().unwrap_or(&self.rule);
        let mut cause = format!("{name}/{}", situation.subject);
        for part in &self.of {
            let value = situation.values.get(part.as_str()).cloned();
            let value = value.or_else(|| situation.times.get(part.as_str()).map(|time| time.micros().to_string()))?;
            cause = format!("{cause}/{value}");
        }
        Some(format!("{cause}>{recipient}"))
    }

    fn notice(
        &self,
        situation: &Situation,
        template: &Template,
        (cause, recipient, due): (String, &String, Option<Timestamp>),
    ) -> Wanted {
        let asked = template.parameters();
        let plain = |name: &str| match name {
            "due" => due.map(|due| due.to_string()),
            _ => situation.parameter(name),
        };
        let parameters = asked.iter().filter_map(|name| Some(((*name).to_owned(), plain(name)?))).collect();
        let words = situation.words.iter().filter(|(name, _)| asked.contains(**name));
        Wanted {
            cause,
            subject: situation.subject.clone(),
            recipient: recipient.clone(),
            template: template.template.clone(),
            reminder: 0,
            raise: None,
            due,
            expires: Timestamp::default(),
            parameters,
            words: words.map(|(name, word)| ((*name).to_owned(), word.clone())).collect(),
            link: template.link(&|name| situation.parameter(name)),
            stays: self.stays,
            only_ahead: self.only_ahead,
        }
    }
}

fn lists<T: serde::de::DeserializeOwned>(files: &[&str], faults: &mut Vec<String>) -> Vec<T> {
    let mut all = Vec::new();
    for file in files {
        match serde_json::from_str::<Vec<T>>(file) {
            Ok(list) => all.extend(list),
            Err(error) => faults.push(error.to_string()),
        }
    }
    all
}
