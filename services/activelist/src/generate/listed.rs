//! People as the services tell of them and as the search holds them.

use contract::registry::v1::{ConsentPurpose, ExpertChanged, ExpertPerson, ExpertState, ExpertTerms};
use contract::survey::v1 as wire;
use kit_log::wire_time;
use kit_vocabulary::Code;
use search::domain::{Entry, FacetName, Mark, Rating, Schema};
use survey::domain::policy::Policy;
use survey::domain::scoring::{self, AuditEvidence, SKILL_ITEMS, SkillAnswers};

use super::people::Person;

fn codes(codes: &[&Code]) -> Vec<String> {
    codes.iter().map(|code| code.code.clone()).collect()
}

impl Person {
    /// The rating by a policy.
    pub fn rating(&self, policy: &Policy) -> scoring::Rating {
        let answers = SkillAnswers::try_from(self.skills).expect("answers from 0 to 3");
        let evidence = AuditEvidence {
            qualifications: codes(&self.qualifications),
            other_text: self.qualifications_other.clone(),
        };
        scoring::rate(policy, &answers, &evidence)
    }

    /// What free text is looked for in, as the search keeps it: self-introduction, track record, organisation, and the
    /// qualifications as people read them.
    pub fn texts(&self) -> [String; 4] {
        let other = Some(self.qualifications_other.as_str()).filter(|other| !other.is_empty());
        let qualifications: Vec<&str> = self.qualifications.iter().map(|code| code.ja.as_str()).chain(other).collect();
        [self.self_pr.clone(), self.support_summary.clone(), self.organisation.clone(), qualifications.join("、")]
    }

    /// What the search holds of the person.
    pub fn entry(&self, policy: &Policy) -> Entry {
        let rated = self.rating(policy);
        let mark = |mark| match mark {
            scoring::Mark::None => Mark::None,
            scoring::Mark::Able => Mark::Able,
            scoring::Mark::Strong => Mark::Strong,
        };
        let rating = Rating {
            area_marks: rated.areas.each_ref().map(|area| mark(area.mark)),
            area_points: rated.areas.each_ref().map(|area| area.points),
            menu_marks: rated.menus.each_ref().map(|menu| mark(menu.mark)),
            menu_points: rated.menus.each_ref().map(|menu| menu.points),
        };
        Entry {
            id: self.id.clone(),
            residence: Some(self.residence.code.clone()),
            affiliation: Some(self.affiliation.code.clone()),
            fee: Some(self.fee.code.clone()),
            prefectures: codes(&self.prefectures),
            industries: codes(&self.industries),
            formats: codes(&self.formats),
            durations: codes(&self.durations),
            sizes: codes(&self.company_sizes),
            qualifications: codes(&self.qualifications),
            themes: codes(&self.themes),
            organisations: codes(&self.organisations),
            skill_items: self.can(),
            rating,
        }
    }

    /// What the registry tells of the person.
    pub fn changed(&self) -> ExpertChanged {
        let terms = ExpertTerms {
            residence: self.residence.code.clone(),
            affiliation: self.affiliation.code.clone(),
            registration_year: self.registration_year,
            qualifications: codes(&self.qualifications),
            experience: self.experience.code.clone(),
            support_experience: Some(true),
            support_cases: i64::try_from(self.support_cases).ok(),
            support_years: i64::try_from(self.support_years).ok(),
            industries: codes(&self.industries),
            organisations: codes(&self.organisations),
            company_sizes: codes(&self.company_sizes),
            prefectures: codes(&self.prefectures),
            formats: codes(&self.formats),
            themes: codes(&self.themes),
            fee_per_visit: self.fee.code.clone(),
            durations: codes(&self.durations),
            employer_sells_consulting: false,
        };
        ExpertChanged {
            expert_id: self.id.clone(),
            respondent_id: self.respondent.clone(),
            terms: Some(terms),
            state: ExpertState::Listed.into(),
            consents: vec![ConsentPurpose::Listing.into()],
            confirm_time: Some(wire_time(self.submitted)),
            changed: vec!["entered".to_owned()],
            ..Default::default()
        }
    }

    /// The personal body of what the registry tells.
    pub fn body(&self) -> ExpertPerson {
        ExpertPerson {
            registration_number: self.registration_number.clone(),
            full_name: self.full_name.clone(),
            full_name_kana: self.full_name_kana.clone(),
            email: self.email.clone(),
            organisation: self.organisation.clone(),
            self_pr: self.self_pr.clone(),
            support_summary: self.support_summary.clone(),
            qualifications_other: self.qualifications_other.clone(),
            ..Default::default()
        }
    }

    /// What the survey tells of the person.
    pub fn rated(&self, policy: &Policy) -> wire::RatingChanged {
        let rated = self.rating(policy);
        let mark = |mark| match mark {
            scoring::Mark::None => wire::Mark::None,
            scoring::Mark::Able => wire::Mark::Able,
            scoring::Mark::Strong => wire::Mark::Strong,
        };
        let sums = |area: &scoring::AreaRating| {
            let sum = |sub: &scoring::SubItemRating| wire::SubItemSum {
                sub_item: sub.code.to_owned(),
                sum: sub.sum.into(),
                threshold: sub.threshold.into(),
                questions: sub.questions.into(),
                met: sub.met,
            };
            area.sub_items.iter().map(sum).collect()
        };
        let area = |area: &scoring::AreaRating| wire::AreaRating {
            area: area.area.code().to_owned(),
            mark: mark(area.mark).into(),
            points: area.points.into(),
            sub_items: sums(area),
            ..Default::default()
        };
        let menu = |menu: &scoring::MenuRating| wire::MenuRating {
            menu: menu.menu.code().to_owned(),
            mark: mark(menu.mark).into(),
            points: menu.points.into(),
            ..Default::default()
        };
        let rating = wire::Rating {
            respondent_id: self.respondent.clone(),
            policy: rated.policy.clone(),
            areas: rated.areas.iter().map(area).collect(),
            menus: rated.menus.iter().map(menu).collect(),
            skills_answered: true,
            ..Default::default()
        };
        wire::RatingChanged { rating: Some(rating), can_items: self.can(), next: None }
    }

    /// Skill items answered 2 or 3.
    fn can(&self) -> Vec<String> {
        let items = SKILL_ITEMS.into_iter().zip(self.skills).filter(|(_, answer)| *answer >= 2);
        items.map(|(item, _)| item.to_owned()).collect()
    }
}

/// The code lists as the search has them.
///
/// # Panics
/// Never: the lists are those of this build, and a test makes the schema.
pub fn schema() -> Schema {
    use kit_vocabulary as lists;
    use search::domain::Area;
    let list = |facet| match facet {
        FacetName::Residence | FacetName::Prefectures => lists::prefectures(),
        FacetName::Industries => lists::expert_industries(),
        FacetName::Formats => lists::formats(),
        FacetName::Durations => lists::durations(),
        FacetName::Sizes => lists::company_sizes(),
        FacetName::Qualifications => lists::qualifications(),
        FacetName::Affiliation => lists::affiliations(),
        FacetName::Themes => lists::themes(),
        FacetName::Fee => lists::fees(),
        FacetName::Organisations => lists::bodies(),
        FacetName::SkillItems => lists::skill_items(),
    };
    let codes = |facet| list(facet).codes().iter().map(|code| code.code.clone()).collect();
    let facets = FacetName::ALL.into_iter().map(|facet| (facet, codes(facet))).collect();
    let [s1, s2, s3, s4, s5, s6] = Area::ALL.map(Some);
    Schema::new(facets).expect("no code stands twice").with_menu_areas([s1, s1, s2, s3, s4, s5, s6, None])
}
