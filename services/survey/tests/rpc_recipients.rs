//! Whom a survey was sent to: adding, who answered, whom to remind, taking away.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::*;
use kit_log::KeyStore as _;
use kit_serve::fault::reason_of;
use prost::{Message as _, Name as _};
use stage::{Changed as _, Kind, Stage, World, at, faults, on_both, operator, portal, response, text};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both!(
    who_is_there_already_is_changed_not_doubled,
    everything_wrong_with_recipients_is_said_at_once_and_nobody_is_added,
    an_answer_marks_its_recipient_by_number_or_address,
    who_answered_before_the_list_came_is_marked_when_it_comes,
    a_disputed_answer_marks_nobody_until_it_is_decided,
    an_answer_that_is_split_off_is_the_others,
    changed_days_are_counted_anew,
    reminders_are_due_to_those_asked_who_have_not_answered,
    contacts_are_recorded_for_all_or_nobody,
    a_contact_that_has_not_taken_place_is_refused,
    a_campaign_that_is_over_takes_nobody_and_records_nothing,
    who_is_taken_away_is_known_no_more,
    lists_come_in_pages_in_order_of_entry,
);

/// Runs from 2025-02-03 to 2025-02-28; the stage's clock stands on 02-10.
async fn running(stage: &Stage) -> Campaign {
    let campaign = Campaign {
        title: Some(Label { ja: "スキル調査".to_owned(), en: String::new() }),
        form: "skill".to_owned(),
        open_day: "2025-02-03".to_owned(),
        close_day: "2025-02-28".to_owned(),
        reminder_days: vec!["2025-02-12".to_owned(), "2025-02-20".to_owned()],
        ..Campaign::default()
    };
    let request = CreateCampaignRequest { campaign: Some(campaign), ..Default::default() };
    stage.campaigns(&operator()).create_campaign(request).await.unwrap().into_inner().campaign.unwrap()
}

fn person(number: &str, name: &str, email: &str) -> Recipient {
    Recipient {
        registration_number: number.to_owned(),
        display_name: name.to_owned(),
        email: email.to_owned(),
        ..Recipient::default()
    }
}

async fn add(stage: &Stage, campaign: &Campaign, recipients: Vec<Recipient>) -> Result<(i32, i32), Status> {
    let request = AddRecipientsRequest { campaign: campaign.name.clone(), recipients, ..Default::default() };
    let answer = stage.campaigns(&operator()).add_recipients(request).await?.into_inner();
    Ok((answer.added, answer.changed))
}

async fn list(stage: &Stage, campaign: &Campaign) -> Vec<Recipient> {
    let request = ListRecipientsRequest { campaign: campaign.name.clone(), page_size: 500, ..Default::default() };
    stage.campaigns(&operator()).list_recipients(request).await.unwrap().into_inner().recipients
}

/// Numbers or addresses of those who answered.
async fn answered(stage: &Stage, campaign: &Campaign) -> Vec<String> {
    let named = |one: Recipient| if one.registration_number.is_empty() { one.email } else { one.registration_number };
    list(stage, campaign).await.into_iter().filter(|one| one.answered).map(named).collect()
}

async fn record(stage: &Stage, campaign: &Campaign, kind: ContactKind, names: &[&str]) -> Result<i32, Status> {
    let recipients = names.iter().map(|&name| name.to_owned()).collect();
    let request = RecordContactsRequest {
        campaign: campaign.name.clone(),
        kind: kind.into(),
        recipients,
        ..RecordContactsRequest::default()
    };
    Ok(stage.campaigns(&operator()).record_contacts(request).await?.into_inner().recorded)
}

async fn due(stage: &Stage, campaign: &Campaign, day: &str) -> (String, Vec<String>) {
    let request =
        ListRemindersDueRequest { campaign: campaign.name.clone(), day: day.to_owned(), ..Default::default() };
    let answer = stage.campaigns(&operator()).list_reminders_due(request).await.unwrap().into_inner();
    (answer.reminder_day, answer.recipients.into_iter().map(|one| one.display_name).collect())
}

fn refused(status: &Status, code: Code, reason: &str) {
    assert_eq!((status.code(), reason_of(status).as_deref()), (code, Some(reason)), "{status:?}");
}

async fn who_is_there_already_is_changed_not_doubled(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    let first = vec![
        person("第12号", "見本 花子", "hanako@example.jp"),
        person("", "見本 太郎", "taro@example.jp"),
        person("13", "", ""),
    ];
    assert_eq!(add(&stage, &campaign, first.clone()).await.unwrap(), (3, 0));
    assert_eq!(add(&stage, &campaign, first).await.unwrap(), (0, 0), "nothing is new");
    let second = vec![
        // The same number, another address; what is not given stays.
        person("000012", "", "new@example.jp"),
        // The same address in another spelling, and now with a number.
        person("14", "", "ＴＡＲＯ@example.jp"),
        Recipient { opted_out: true, ..person("13", "", "") },
        // Twice in one call.
        person("15", "", ""),
        person("15", "見本 次郎", ""),
    ];
    assert_eq!(add(&stage, &campaign, second).await.unwrap(), (1, 3));
    // The wish not to be reminded outlives another list that does not know of it.
    assert_eq!(add(&stage, &campaign, vec![person("13", "", "")]).await.unwrap(), (0, 0));
    let told: Vec<_> = list(&stage, &campaign)
        .await
        .into_iter()
        .map(|one| (one.registration_number, one.display_name, one.email, one.opted_out))
        .collect();
    let row = |number: &str, name: &str, email: &str, out| (number.to_owned(), name.to_owned(), email.to_owned(), out);
    assert_eq!(
        told,
        [
            row("000012", "見本 花子", "new@example.jp", false),
            row("000014", "見本 太郎", "TARO@example.jp", false),
            row("000013", "", "", true),
            row("000015", "見本 次郎", "", false),
        ]
    );
    // Another campaign's list is another list.
    let other = Campaign {
        open_day: "2025-03-01".to_owned(),
        close_day: "2025-03-02".to_owned(),
        reminder_days: vec![],
        ..campaign
    };
    let request = CreateCampaignRequest { campaign: Some(other), ..Default::default() };
    let other = stage.campaigns(&operator()).create_campaign(request).await.unwrap().into_inner().campaign.unwrap();
    assert_eq!(add(&stage, &other, vec![person("12", "", "")]).await.unwrap(), (1, 0));
    // What the log tells of the last change: the state in clear, the person sealed.
    let events = stage.events().await;
    let event = events.iter().rfind(|event| event.r#type == RecipientChanged::full_name()).unwrap();
    let told = RecipientChanged::decode(event.clear.as_ref()).unwrap();
    assert!(told.recipient.starts_with(&other.name) && !told.asked && !told.answered && !told.silent);
    let event = events.iter().find(|event| event.r#type == RecipientChanged::full_name()).unwrap();
    let who = RecipientPersonal::decode(stage.personal(event).await.as_slice()).unwrap();
    assert_eq!((who.display_name.as_str(), who.email.as_str()), ("見本 花子", "hanako@example.jp"));
}

async fn everything_wrong_with_recipients_is_said_at_once_and_nobody_is_added(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    let wrong = vec![
        person("12", "", ""),
        person("12A", "a\u{7}", "nowhere"),
        person(" ", "見本", ""),
        person("", &"あ".repeat(101), "a@example.jp"),
    ];
    let request = AddRecipientsRequest {
        campaign: campaign.name.clone(),
        recipients: wrong,
        request_id: "あ".to_owned(),
        ..Default::default()
    };
    let told = stage.campaigns(&operator()).add_recipients(request).await.unwrap_err();
    let expected = [
        ("request_id", "BAD_REQUEST_ID"),
        ("recipients[1].registration_number", "BAD_NUMBER"),
        ("recipients[1].display_name", "CONTROL_CHARACTER"),
        ("recipients[1].email", "BAD_EMAIL"),
        ("recipients[2]", "NUMBER_OR_EMAIL"),
        ("recipients[3].display_name", "TOO_LONG"),
    ];
    assert_eq!(faults(&told), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    for (count, reason) in [(0, "REQUIRED"), (501, "TOO_MANY")] {
        let told = add(&stage, &campaign, vec![person("1", "", ""); count]).await.unwrap_err();
        assert_eq!(faults(&told), [("recipients".to_owned(), reason.to_owned())]);
    }
    assert_eq!(list(&stage, &campaign).await, []);
    let gone = Campaign { name: "campaigns/none".to_owned(), ..campaign };
    let told = add(&stage, &gone, vec![person("1", "", "")]).await.unwrap_err();
    refused(&told, Code::NotFound, "NO_SUCH_CAMPAIGN");
}

async fn an_answer_marks_its_recipient_by_number_or_address(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    let people = vec![
        person("12", "", "other@example.jp"),
        person("", "", "hanako@example.jp"),
        // Has a number, so the address alone says nothing.
        person("99", "", "saburo@example.jp"),
        person("13", "", ""),
    ];
    let looked = AddRecipientsRequest {
        campaign: campaign.name.clone(),
        recipients: people.clone(),
        validate_only: true,
        ..Default::default()
    };
    stage.campaigns(&operator()).add_recipients(looked).await.unwrap();
    assert_eq!(list(&stage, &campaign).await, [], "only looked at");
    add(&stage, &campaign, people).await.unwrap();
    let before = stage.log().await.len();
    stage.submit(&portal(), response("12").with("email", text("jiro@example.jp"))).await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000012"]);
    stage.submit(&portal(), response("14").with("email", text("ＨＡＮＡＫＯ@example.jp"))).await.unwrap();
    stage.submit(&portal(), response("15").with("email", text("saburo@example.jp"))).await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000012", "hanako@example.jp"]);
    // Again is no news; somebody else's answer is nobody's yet.
    stage.submit(&portal(), response("12").with("email", text("jiro@example.jp"))).await.unwrap();
    stage.submit(&portal(), response("13").at("2025-02-11T10:00:00+09:00")).await.unwrap_err();
    stage.import(vec![response("13").at("2025-02-02T23:59:59+09:00")]).await.unwrap();
    stage.submit(&portal(), response("13").by_another()).await.unwrap_err();
    assert_eq!(answered(&stage, &campaign).await, ["000012", "hanako@example.jp"]);
    stage.import(vec![response("13").at("2025-02-03T00:00:00+09:00")]).await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000012", "hanako@example.jp", "000013"]);
    let told =
        stage.log().await.split_off(before).into_iter().filter(|event| event.r#type == RecipientChanged::full_name());
    let told: Vec<_> = told.map(|event| RecipientChanged::decode(event.clear.as_ref()).unwrap().answered).collect();
    assert_eq!(told, [true, true, true], "one change each");
    let figures = GetCampaignRequest { name: campaign.name.clone() };
    let figures = stage.campaigns(&operator()).get_campaign(figures).await.unwrap().into_inner().figures.unwrap();
    assert_eq!((figures.asked, figures.recipients, figures.recipients_answered), (4, 4, 3));
    assert_eq!(
        (figures.people, figures.disputed, figures.response_rate_permille),
        (4, 1, Some(750)),
        "three of the four on the list"
    );
}

async fn who_answered_before_the_list_came_is_marked_when_it_comes(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    stage.submit(&portal(), response("12").with("email", text("jiro@example.jp"))).await.unwrap();
    stage.submit(&portal(), response("13").with("email", text("hanako@example.jp"))).await.unwrap();
    stage
        .import(vec![response("14").with("email", text("old@example.jp")).at("2025-01-31T10:00:00+09:00")])
        .await
        .unwrap();
    // In a later answer the same person gives another address; that one was asked.
    stage.submit(&operator(), response("13").with("email", text("hana@example.com"))).await.unwrap();
    let people = vec![
        person("12", "", ""),
        person("", "", "hana@example.com"),
        person("14", "", ""),
        person("", "", "old@example.jp"),
        person("15", "", "jiro@example.jp"),
    ];
    add(&stage, &campaign, people).await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000012", "hana@example.com"]);
}

async fn a_disputed_answer_marks_nobody_until_it_is_decided(world: World) {
    use contract::survey::v1::people_client::PeopleClient;
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    add(&stage, &campaign, vec![person("12", "", ""), person("13", "", "")]).await.unwrap();
    // Both answered before the campaign; within it somebody else answers under the same numbers.
    let before = ["12", "13"].map(|number| response(number).at("2025-01-31T10:00:00+09:00"));
    stage.import(before.to_vec()).await.unwrap();
    let mut waiting = Vec::new();
    for number in ["12", "13"] {
        let told = stage.submit(&portal(), response(number).by_another()).await.unwrap_err();
        let response = told.get_details_error_info().unwrap().metadata["response"].clone();
        waiting.push(response.replace("responses/", "disputes/"));
    }
    let figures = async || {
        let request = GetCampaignRequest { name: campaign.name.clone() };
        let answer = stage.campaigns(&operator()).get_campaign(request).await.unwrap().into_inner();
        let figures = answer.figures.unwrap();
        [figures.received, figures.disputed, figures.recipients_answered]
    };
    assert_eq!(figures().await, [0, 2, 0]);
    let mut people = PeopleClient::new(stage.calling_as(&operator()));
    for (name, decision) in waiting.into_iter().zip([DisputeDecision::SamePerson, DisputeDecision::Keep]) {
        let reason = "電話で確認した".to_owned();
        let request = DecideDisputeRequest { name, decision: decision.into(), reason, ..Default::default() };
        people.decide_dispute(request).await.unwrap();
    }
    assert_eq!(figures().await, [1, 0, 1]);
    assert_eq!(answered(&stage, &campaign).await, ["000012"]);
}

async fn an_answer_that_is_split_off_is_the_others(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    let recipients = vec![person("1", "見本 花子", "hanako@example.jp"), person("9", "見本 九子", "kuko@example.jp")];
    add(&stage, &campaign, recipients).await.unwrap();
    // Before the campaign, and within it.
    let own = response("1").at("2025-01-10T10:00:00+09:00");
    stage.import(vec![own]).await.unwrap();
    let wrong = stage.submit(&portal(), response("1").skilled(3)).await.unwrap().response.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000001"]);
    stage.split(&format!("people/{}", wrong.respondent_id), &[&wrong.name], "9").await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000009"], "the first is to be reminded again");
}

async fn changed_days_are_counted_anew(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    add(&stage, &campaign, vec![person("12", "", ""), person("", "", "taro@example.jp"), person("13", "", "")])
        .await
        .unwrap();
    let early = response("12").with("email", text("a@example.jp")).at("2025-02-01T10:00:00+09:00");
    let early_by_address = response("14").with("email", text("taro@example.jp")).at("2025-02-01T11:00:00+09:00");
    let later = response("13").with("email", text("b@example.jp")).at("2025-02-05T10:00:00+09:00");
    stage.import(vec![early, early_by_address, later]).await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000013"]);
    let change = |open_day: &str, close_day: &str| {
        let (open_day, close_day) = (open_day.to_owned(), close_day.to_owned());
        let campaign = Campaign { open_day, close_day, reminder_days: vec![], etag: String::new(), ..campaign.clone() };
        UpdateCampaignRequest { campaign: Some(campaign), request_id: String::new() }
    };
    stage.campaigns(&operator()).update_campaign(change("2025-02-01", "2025-02-28")).await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000012", "taro@example.jp", "000013"]);
    stage.campaigns(&operator()).update_campaign(change("2025-02-06", "2025-02-28")).await.unwrap();
    assert!(answered(&stage, &campaign).await.is_empty());
}

async fn reminders_are_due_to_those_asked_who_have_not_answered(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    let people = vec![
        person("1", "答えた人", ""),
        person("2", "督促済みの人", ""),
        person("3", "まだの人", ""),
        Recipient { opted_out: true, ..person("4", "断った人", "") },
        person("5", "頼んでいない人", ""),
    ];
    add(&stage, &campaign, people).await.unwrap();
    let names: Vec<String> = list(&stage, &campaign).await.into_iter().map(|one| one.name).collect();
    let asked: Vec<&str> = names[..4].iter().map(String::as_str).collect();
    assert_eq!(record(&stage, &campaign, ContactKind::Asked, &asked).await.unwrap(), 4);
    assert_eq!(due(&stage, &campaign, "").await, (String::new(), vec![]), "no reminder day has come");
    let all = ["答えた人", "督促済みの人", "まだの人"].map(str::to_owned).to_vec();
    assert_eq!(due(&stage, &campaign, "2025-02-12").await, ("2025-02-12".to_owned(), all.clone()));
    stage.clock.set("2025-02-12T08:00:00+09:00".parse().unwrap());
    assert_eq!(due(&stage, &campaign, "").await.1, all);
    stage.submit(&portal(), response("1")).await.unwrap();
    record(&stage, &campaign, ContactKind::Reminded, &[&names[1]]).await.unwrap();
    assert_eq!(due(&stage, &campaign, "").await.1, ["まだの人"]);
    assert_eq!(due(&stage, &campaign, "2025-02-19").await, ("2025-02-12".to_owned(), vec!["まだの人".to_owned()]));
    // The next reminder day begins anew; after the last day nobody is reminded.
    assert_eq!(due(&stage, &campaign, "2025-02-20").await.1, ["督促済みの人", "まだの人"]);
    assert_eq!(due(&stage, &campaign, "2025-03-01").await, (String::new(), vec![]));
    let reminded = &list(&stage, &campaign).await[1];
    assert_eq!((reminded.reminders, reminded.ask_time), (1, Some(at(stage::NOW))));
    assert_eq!(reminded.remind_time, Some(at("2025-02-12T08:00:00+09:00")));
    let figures = GetCampaignRequest { name: campaign.name.clone() };
    let figures = stage.campaigns(&operator()).get_campaign(figures).await.unwrap().into_inner().figures.unwrap();
    assert_eq!((figures.reminded, figures.recipients_answered), (1, 1));
    let wrong = ListRemindersDueRequest {
        day: "明日".to_owned(),
        page_size: 501,
        page_token: "x".to_owned(),
        ..Default::default()
    };
    let told = stage.campaigns(&operator()).list_reminders_due(wrong).await.unwrap_err();
    let expected = [("day", "BAD_DATE"), ("page_size", "OUT_OF_RANGE"), ("page_token", "BAD_PAGE_TOKEN")];
    assert_eq!(faults(&told), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
}

async fn contacts_are_recorded_for_all_or_nobody(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    add(&stage, &campaign, vec![person("1", "", "")]).await.unwrap();
    let known = list(&stage, &campaign).await.remove(0).name;
    let gone = format!("{}/recipients/none", campaign.name);
    let told = record(&stage, &campaign, ContactKind::Asked, &[&known, &gone, "campaigns/other/recipients/x"])
        .await
        .unwrap_err();
    refused(&told, Code::NotFound, "NO_SUCH_RECIPIENT");
    let metadata = told.get_details_error_info().unwrap().metadata;
    assert_eq!(metadata["recipients"], format!("campaigns/other/recipients/x,{gone}"));
    assert!(list(&stage, &campaign).await[0].ask_time.is_none());
    let wrong = RecordContactsRequest {
        time: Some(at("2026-01-01T00:00:00+09:00")),
        request_id: " ".to_owned(),
        ..Default::default()
    };
    let told = stage.campaigns(&operator()).record_contacts(wrong).await.unwrap_err();
    let places: Vec<_> = faults(&told).into_iter().map(|(field, _)| field).collect();
    assert_eq!(places, ["request_id", "recipients", "kind", "time"]);
    // The same request counts once, and an earlier word for when somebody was asked stands.
    let request = RecordContactsRequest {
        campaign: campaign.name.clone(),
        kind: ContactKind::Reminded.into(),
        recipients: vec![known.clone(), known.clone()],
        time: Some(at("2025-02-05T10:00:00+09:00")),
        request_id: "r-1".to_owned(),
    };
    for _ in 0..2 {
        let answer = stage.campaigns(&operator()).record_contacts(request.clone()).await.unwrap().into_inner();
        assert_eq!(answer.recorded, 1);
    }
    let earlier = RecordContactsRequest {
        kind: ContactKind::Asked.into(),
        time: Some(at("2025-02-03T10:00:00+09:00")),
        request_id: String::new(),
        ..request
    };
    stage.campaigns(&operator()).record_contacts(earlier).await.unwrap();
    let one = list(&stage, &campaign).await.remove(0);
    assert_eq!((one.reminders, one.ask_time), (1, Some(at("2025-02-03T10:00:00+09:00"))));
    assert_eq!(one.remind_time, Some(at("2025-02-05T10:00:00+09:00")));
}

async fn a_contact_that_has_not_taken_place_is_refused(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    add(&stage, &campaign, vec![person("1", "", "")]).await.unwrap();
    let known = list(&stage, &campaign).await.remove(0).name;
    let told = async |kind: ContactKind, time: &str| {
        let request = RecordContactsRequest {
            campaign: campaign.name.clone(),
            kind: kind.into(),
            recipients: vec![known.clone()],
            time: Some(at(time)),
            request_id: String::new(),
        };
        stage.campaigns(&operator()).record_contacts(request).await
    };
    // The stage's clock stands on 2025-02-10T09:00 in Japan.
    let ahead = ["2025-02-10T09:00:00.000001+09:00", "2025-02-10T09:00:01+09:00", "2025-02-11T08:00:00+09:00"];
    for time in ahead {
        for kind in [ContactKind::Asked, ContactKind::Reminded] {
            let refused = told(kind, time).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{time}");
            assert_eq!(faults(&refused), [("time".to_owned(), "OUT_OF_RANGE".to_owned())], "{time}");
            let said = kit_serve::fault::faults_of(&refused).remove(0);
            assert!(said.ja.contains("2025-02-10T09:00:00+09:00まで"), "{}", said.ja);
        }
    }
    let one = list(&stage, &campaign).await.remove(0);
    assert_eq!((one.ask_time, one.remind_time, one.reminders), (None, None, 0), "nothing is recorded");
    // Now is no future, also as somebody elsewhere writes it.
    told(ContactKind::Asked, "2025-02-10T00:00:00Z").await.unwrap();
    assert_eq!(list(&stage, &campaign).await[0].ask_time, Some(at("2025-02-10T09:00:00+09:00")));
    // What a clock has reached meanwhile is not ahead of it any more.
    stage.clock.set("2025-02-11T09:00:00+09:00".parse().unwrap());
    told(ContactKind::Reminded, ahead[2]).await.unwrap();
    assert_eq!(list(&stage, &campaign).await[0].reminders, 1);
}

async fn a_campaign_that_is_over_takes_nobody_and_records_nothing(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    add(&stage, &campaign, vec![person("1", "", "")]).await.unwrap();
    let known = list(&stage, &campaign).await.remove(0).name;
    stage.clock.set("2025-03-01T00:00:00+09:00".parse().unwrap());
    let told = add(&stage, &campaign, vec![person("2", "", "")]).await.unwrap_err();
    refused(&told, Code::FailedPrecondition, "CAMPAIGN_CLOSED");
    let told = record(&stage, &campaign, ContactKind::Asked, &[&known]).await.unwrap_err();
    refused(&told, Code::FailedPrecondition, "CAMPAIGN_CLOSED");
    // An answer from its days that arrives late still counts.
    stage.import(vec![response("1").at("2025-02-28T23:59:59+09:00")]).await.unwrap();
    assert_eq!(answered(&stage, &campaign).await, ["000001"]);
}

async fn who_is_taken_away_is_known_no_more(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    add(&stage, &campaign, vec![person("1", "見本 花子", "hanako@example.jp"), person("2", "", "")]).await.unwrap();
    let name = list(&stage, &campaign).await.remove(0).name;
    let id = name.rsplit('/').next().unwrap().to_owned();
    assert!(stage.keys.find(std::slice::from_ref(&id)).await.unwrap().contains_key(&id));
    let remove = |name: &str| RemoveRecipientRequest { name: name.to_owned() };
    for wrong in [&format!("{}/recipients/none", campaign.name), &format!("campaigns/none/recipients/{id}"), "none"] {
        let told = stage.campaigns(&operator()).remove_recipient(remove(wrong)).await.unwrap_err();
        refused(&told, Code::NotFound, "NO_SUCH_RECIPIENT");
    }
    stage.campaigns(&operator()).remove_recipient(remove(&name)).await.unwrap();
    assert!(stage.keys.find(std::slice::from_ref(&id)).await.unwrap().is_empty(), "the key is destroyed");
    assert_eq!(list(&stage, &campaign).await.len(), 1);
    let told = stage.campaigns(&operator()).remove_recipient(remove(&name)).await.unwrap_err();
    refused(&told, Code::NotFound, "NO_SUCH_RECIPIENT");
    let last = RecipientChanged::decode(stage.log().await.last().unwrap().clear.as_ref()).unwrap();
    assert!(last.silent && last.recipient == name);
    // Whoever is added again is somebody new; so is one whose key was destroyed elsewhere.
    assert_eq!(add(&stage, &campaign, vec![person("1", "", "")]).await.unwrap(), (1, 0));
    let other = list(&stage, &campaign).await.remove(0).name;
    stage.keys.destroy(other.rsplit('/').next().unwrap()).await.unwrap();
    assert_eq!(list(&stage, &campaign).await[0].registration_number, "");
    assert_eq!(add(&stage, &campaign, vec![person("2", "見本", "")]).await.unwrap(), (1, 0));
    let numbers: Vec<_> = list(&stage, &campaign).await.into_iter().map(|one| one.registration_number).collect();
    assert_eq!(numbers, ["000001", "000002"]);
}

async fn lists_come_in_pages_in_order_of_entry(world: World) {
    let stage = world.stage().await;
    let campaign = running(&stage).await;
    let people: Vec<_> = (1..=23).map(|number| person(&number.to_string(), "", "")).collect();
    add(&stage, &campaign, people).await.unwrap();
    stage.submit(&portal(), response("3")).await.unwrap();
    for unanswered in [false, true] {
        let wanted: Vec<_> =
            list(&stage, &campaign).await.into_iter().filter(|one| !unanswered || !one.answered).collect();
        assert_eq!(wanted.len(), if unanswered { 22 } else { 23 });
        let mut request = ListRecipientsRequest {
            campaign: campaign.name.clone(),
            unanswered,
            page_size: 5,
            page_token: String::new(),
        };
        let mut seen = Vec::new();
        loop {
            let page = stage.campaigns(&operator()).list_recipients(request.clone()).await.unwrap().into_inner();
            seen.extend(page.recipients);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
            let other = ListRecipientsRequest { unanswered: !unanswered, ..request.clone() };
            let told = stage.campaigns(&operator()).list_recipients(other).await.unwrap_err();
            assert_eq!(faults(&told), [("page_token".to_owned(), "BAD_PAGE_TOKEN".to_owned())]);
        }
        assert_eq!(seen, wanted);
    }
}

#[tokio::test]
async fn nothing_of_a_recipient_or_a_note_is_in_clear() {
    stage::on(Kind::Sqlite, |world| async move {
        let stage = world.stage().await;
        let campaign = running(&stage).await;
        let noted = Campaign { notes: "カナリアの記録".to_owned(), ..campaign.clone() };
        let request = UpdateCampaignRequest { campaign: Some(noted), request_id: "r-1".to_owned() };
        stage.campaigns(&operator()).update_campaign(request).await.unwrap();
        add(&stage, &campaign, vec![person("874512", "カナリア 小鳥", "canary@example.jp")]).await.unwrap();
        stage.submit(&portal(), response("874512").with("email", text("canary@example.jp"))).await.unwrap();
        let mut bytes = Vec::new();
        for name in ["survey.db", "survey.db-wal"] {
            bytes.extend(std::fs::read(world.folder.join(name)).unwrap_or_default());
        }
        let holds = |canary: &str| bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(holds(campaign.name.as_str()), "what is there is found");
        for canary in ["カナリア", "canary", "874512"] {
            assert!(!holds(canary), "{canary} is in the database");
        }
    })
    .await;
}
