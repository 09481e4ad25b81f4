//! The campaign's own figures: planned from what is stated of it, counted from what was imported.

use contract::survey::v1::{Campaign, CampaignFigures, Label};
use serde_json::{Value, json};

use super::campaign as file;
use crate::campaign::{self, figures_json};
use crate::connect::Connection;
use crate::failure::Failure;

/// The campaign, as the survey tells of it.
pub(super) struct Asked {
    pub(super) campaign: Campaign,
    pub(super) figures: CampaignFigures,
}

impl Asked {
    /// Plans it and looks at it.
    pub(super) async fn ask(of: &Connection) -> Result<Self, Failure> {
        let stated = &file::asked()?["stated"];
        let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let planned = Campaign {
            title: Some(Label { ja: said(&stated["title"]["ja"]), en: said(&stated["title"]["en"]) }),
            form: said(&stated["form"]),
            open_day: said(&stated["open_day"]),
            close_day: said(&stated["close_day"]),
            asked: stated["asked"].as_i64().unwrap_or_default(),
            ..Campaign::default()
        };
        let planned = campaign::plan(of, planned, false).await?;
        let (campaign, figures) = campaign::get(of, &planned.name).await?;
        Ok(Self { campaign, figures })
    }

    /// The figures that were published, as they came out.
    pub(super) fn to_json(&self) -> Value {
        let mut all = figures_json(&self.figures);
        let published = ["asked", "received", "people", "repeats", "disputed", "response_rate_permille"];
        published.into_iter().map(|name| (name.to_owned(), all[name].take())).collect::<serde_json::Map<_, _>>().into()
    }

    /// What must come out.
    pub(super) fn expected() -> Result<Value, Failure> {
        Ok(json!(file::asked()?["figures"]))
    }
}
