//! The lists that exist. A new one is a file in `data/` and a line here.

use std::sync::OnceLock;

use crate::list::List;

macro_rules! embed {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $(
            $(#[doc = $doc])*
            pub fn $name() -> &'static List {
                static LIST: OnceLock<List> = OnceLock::new();
                LIST.get_or_init(|| {
                    let json = include_str!(concat!("../data/", stringify!($name), ".json"));
                    List::load(stringify!($name), json).expect("a test loads every embedded list")
                })
            }
        )*

        /// Every list, in a fixed order.
        pub fn lists() -> &'static [&'static List] {
            static LISTS: OnceLock<Vec<&'static List>> = OnceLock::new();
            LISTS.get_or_init(|| vec![$($name()),*])
        }
    };
}

embed! {
    /// The 47 prefectures, `01`–`47`, with readings, their region (`regions`) and neighbours (`prefectures`).
    prefectures;
    /// The usual eight regions.
    regions;
    /// Sizes of companies by employees, smallest first.
    company_sizes;
    /// Formats of support (支援形態).
    formats;
    /// Durations of support, shortest first, and `cannot_support`, which bars a listing.
    durations;
    /// Fee per visit of two hours in yen, lowest first.
    fees;
    /// Whether an expert is independent or employed.
    affiliations;
    /// Years of practice in security, shortest first.
    experience;
    /// Industries an expert is good at (question 6).
    expert_industries;
    /// Industries of companies: JSIC divisions and the automotive industry; links to `expert_industries`.
    company_industries;
    /// Qualifications beside the registration (question 3).
    qualifications;
    /// Bodies an expert is tied to (question 7).
    bodies;
    /// Guidance themes `T1`–`T5`; links to `menus`.
    themes;
    /// Support menus `M0`–`M7`; links to the `skill_areas` that rate them.
    menus;
    /// Items of the support menus (fig. 2-105); links to `menus` and `themes`.
    menu_items;
    /// Skill areas `S1`–`S6`.
    skill_areas;
    /// The 14 sub-items `S1a`–`S6a`; links to `skill_areas`.
    skill_subitems;
    /// The 34 skill items `S1a1`–`S6a5`; links to `skill_subitems`.
    skill_items;
    /// What the answers 0–3 to a skill item mean.
    skill_levels;
    /// Training taken (question 15).
    training;
    /// Fields of training taken (question 16).
    training_fields;
    /// Opinion on course fees (question 17-1), cheapest first.
    fee_opinion;
    /// Rating marks ◎ ○ and blank, best first.
    marks;
    /// Guidelines a request may name.
    guidelines;
    /// Needs, declared and diagnosed (figs. 2-22 to 2-24).
    needs;
    /// Yes and no, as consents are answered.
    yes_no;
    /// Who is in charge of security in a company.
    security_staff;
    /// Stars of SECURITY ACTION that a company declares, lowest first.
    security_action;
    /// Who tells of such a declaration.
    declaration_sources;
    /// Roles of the national framework of cybersecurity staff.
    security_roles;
    /// Why no guidance follows a consultation (fig. 2-66).
    non_conversion_reasons;
    /// Why a case ended early or was withdrawn.
    ending_reasons;
    /// What a case can gain.
    gains;
    /// Tools and worksheets of guidance (2.2.5).
    tools;
    /// Cities by which programmes name their regions; links to `prefectures`.
    cities;
    /// Types of incidents.
    incident_types;
}

/// The list of this name, such as `company_sizes`.
pub fn list(name: &str) -> Option<&'static List> {
    lists().iter().copied().find(|list| list.name() == name)
}
