//! Campaigns: their days and states, what may be changed, and their figures.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::*;
use kit_serve::fault::reason_of;
use kit_serve::{Caller, Role};
use prost::{Message as _, Name as _};
use stage::{Changed as _, Stage, World, expert, faults, on_both, one_fault, operator, portal, response, text};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both!(
    a_campaign_opens_and_closes_by_the_clock,
    responses_at_midnight_belong_to_the_day_in_japan,
    the_figures_are_counted_from_what_came_in,
    who_lost_the_number_counts_in_no_figure,
    everything_wrong_with_a_campaign_is_said_at_once,
    no_two_campaigns_of_a_form_share_a_day,
    what_is_over_changes_only_in_notes_and_number,
    closing_early_leaves_later_responses_to_nobody,
    a_repeated_request_does_nothing_twice,
    of_two_who_change_the_same_the_second_is_told,
    who_may_do_and_see_what,
    lists_come_in_pages_the_latest_first,
    an_erased_campaign_key_takes_the_notes,
);

fn winter() -> Campaign {
    Campaign {
        title: Some(Label { ja: "2024年度スキル調査".to_owned(), en: "Skill survey 2024".to_owned() }),
        form: "skill".to_owned(),
        open_day: "2024-12-25".to_owned(),
        close_day: "2025-02-03".to_owned(),
        reminder_days: vec!["2025-01-14".to_owned(), "2025-01-28".to_owned()],
        audience: "登録セキスペ".to_owned(),
        asked: 800,
        ..Campaign::default()
    }
}

fn of_days(open: &str, close: &str) -> Campaign {
    let (open_day, close_day) = (open.to_owned(), close.to_owned());
    Campaign { open_day, close_day, reminder_days: Vec::new(), ..winter() }
}

async fn create(stage: &Stage, campaign: Campaign) -> Result<Campaign, Status> {
    let request = CreateCampaignRequest { campaign: Some(campaign), ..CreateCampaignRequest::default() };
    let answer = stage.campaigns(&operator()).create_campaign(request).await?.into_inner();
    assert!(answer.token.unwrap().position > 0);
    Ok(answer.campaign.unwrap())
}

async fn update(stage: &Stage, campaign: Campaign) -> Result<Campaign, Status> {
    let request = UpdateCampaignRequest { campaign: Some(campaign), request_id: String::new() };
    Ok(stage.campaigns(&operator()).update_campaign(request).await?.into_inner().campaign.unwrap())
}

async fn close(stage: &Stage, name: &str, notes: &str) -> Result<Campaign, Status> {
    let request =
        CloseCampaignRequest { name: name.to_owned(), notes: notes.to_owned(), ..CloseCampaignRequest::default() };
    Ok(stage.campaigns(&operator()).close_campaign(request).await?.into_inner().campaign.unwrap())
}

async fn get(stage: &Stage, caller: &Caller, name: &str) -> (Campaign, CampaignFigures) {
    let request = GetCampaignRequest { name: name.to_owned() };
    let answer = stage.campaigns(caller).get_campaign(request).await.unwrap().into_inner();
    (answer.campaign.unwrap(), answer.figures.unwrap())
}

async fn figures(stage: &Stage, name: &str) -> CampaignFigures {
    get(stage, &operator(), name).await.1
}

fn refused(status: &Status, code: Code, reason: &str) {
    assert_eq!((status.code(), reason_of(status).as_deref()), (code, Some(reason)), "{status:?}");
}

async fn a_campaign_opens_and_closes_by_the_clock(world: World) {
    let stage = world.stage().await;
    stage.clock.set("2024-12-24T23:59:59+09:00".parse().unwrap());
    let made = create(&stage, winter()).await.unwrap();
    assert_eq!((made.state(), made.form.as_str(), made.asked), (CampaignState::Planned, "skill", 800));
    assert_eq!(made.reminder_days, winter().reminder_days);
    for (moment, state) in [
        ("2024-12-25T00:00:00+09:00", CampaignState::Open),
        ("2025-02-03T23:59:59+09:00", CampaignState::Open),
        ("2025-02-04T00:00:00+09:00", CampaignState::Closed),
    ] {
        stage.clock.set(moment.parse().unwrap());
        assert_eq!(get(&stage, &operator(), &made.name).await.0, Campaign { state: state.into(), ..made.clone() });
    }
    let told: Vec<_> =
        stage.log().await.into_iter().filter(|event| event.r#type == CampaignChanged::full_name()).collect();
    assert_eq!(told.len(), 1, "the clock tells nothing by itself");
    let told = CampaignChanged::decode(told[0].clear.as_ref()).unwrap().campaign.unwrap();
    assert_eq!((told.name, told.title, told.notes), (made.name, winter().title, String::new()));
}

async fn responses_at_midnight_belong_to_the_day_in_japan(world: World) {
    let stage = world.stage().await;
    let made = create(&stage, winter()).await.unwrap();
    let handed = [
        ("1", "2024-12-24T14:59:59.999999Z"),
        ("2", "2024-12-25T00:00:00+09:00"),
        ("3", "2025-02-03T14:59:59.999999Z"),
        ("4", "2025-02-03T15:00:00Z"),
    ];
    stage.import(handed.map(|(number, moment)| response(number).at(moment)).to_vec()).await.unwrap();
    let counted = figures(&stage, &made.name).await;
    assert_eq!((counted.received, counted.people, counted.days.len()), (2, 2, 41));
    let days: Vec<_> = counted.days.iter().filter(|day| day.received > 0).map(|day| day.day.as_str()).collect();
    assert_eq!(days, ["2024-12-25", "2025-02-03"]);
}

async fn the_figures_are_counted_from_what_came_in(world: World) {
    let stage = world.stage().await;
    let made = create(&stage, Campaign { asked: 7, ..winter() }).await.unwrap();
    let none = figures(&stage, &made.name).await;
    assert_eq!((none.received, none.days.len(), none.response_rate_permille), (0, 0, Some(0)));
    // Before the campaign as well: whoever answered then is new to it all the same.
    let rows = [
        ("1", "2024-12-01T10:00:00+09:00"),
        ("1", "2024-12-26T10:00:00+09:00"),
        ("1", "2024-12-28T10:00:00+09:00"),
        ("2", "2024-12-28T11:00:00+09:00"),
        ("2", "2024-12-28T12:00:00+09:00"),
    ];
    stage.import(rows.map(|(number, moment)| response(number).at(moment)).to_vec()).await.unwrap();
    // Of a person two responses at one moment are two received.
    stage
        .import(vec![
            response("3").at("2024-12-28T11:00:00+09:00"),
            response("3").at("2024-12-28T11:00:00+09:00").skilled(1),
        ])
        .await
        .unwrap();
    // Somebody else's waits for an operator, and is not among what was received.
    stage.clock.set("2024-12-27T10:00:00+09:00".parse().unwrap());
    stage.submit(&portal(), response("1").by_another()).await.unwrap_err();
    let counted = figures(&stage, &made.name).await;
    assert_eq!([counted.received, counted.people, counted.repeats, counted.disputed], [6, 3, 3, 1]);
    assert_eq!((counted.asked, counted.recipients, counted.response_rate_permille), (7, 0, Some(429)));
    let days: Vec<_> = counted.days.iter().map(|day| (day.day.as_str(), day.received, day.new_people)).collect();
    assert_eq!(days, [("2024-12-26", 1, 1), ("2024-12-27", 0, 0), ("2024-12-28", 5, 2)]);
    let unasked = update(&stage, Campaign { asked: 0, etag: String::new(), ..made }).await.unwrap();
    assert_eq!(figures(&stage, &unasked.name).await.response_rate_permille, None);
}

async fn who_lost_the_number_counts_in_no_figure(world: World) {
    let stage = world.stage().await;
    let made = create(&stage, winter()).await.unwrap();
    stage.clock.set("2024-12-27T10:00:00+09:00".parse().unwrap());
    stage.submit(&portal(), response("1")).await.unwrap();
    stage.submit(&portal(), response("1").skilled(1)).await.unwrap();
    let waits = stage.dispute(&expert("user-9"), response("1").by_another()).await;
    stage.decide(stage::decision(&waits, DisputeDecision::TakeOver)).await.unwrap();
    let counted = figures(&stage, &made.name).await;
    assert_eq!([counted.received, counted.people, counted.repeats, counted.disputed], [1, 1, 0, 0]);
    let days: Vec<_> = counted.days.iter().map(|day| (day.received, day.new_people)).collect();
    assert_eq!(days, [(1, 1)]);
}

async fn everything_wrong_with_a_campaign_is_said_at_once(world: World) {
    let stage = world.stage().await;
    let wrong = Campaign {
        title: Some(Label { ja: String::new(), en: "a".repeat(101) }),
        form: "no-such-form".to_owned(),
        open_day: "2025-02-03".to_owned(),
        close_day: "2025-02-02".to_owned(),
        reminder_days: vec!["2025-02-03".to_owned()],
        audience: "a".repeat(201),
        asked: -1,
        notes: format!("{}\u{0}", "a".repeat(2_001)),
        ..Campaign::default()
    };
    let request =
        |campaign| CreateCampaignRequest { campaign, request_id: "with space".to_owned(), validate_only: true };
    let told = stage.campaigns(&operator()).create_campaign(request(Some(wrong))).await.unwrap_err();
    let expected = [
        ("campaign.title.ja", "REQUIRED"),
        ("campaign.title.en", "TOO_LONG"),
        ("campaign.audience", "TOO_LONG"),
        ("campaign.asked", "OUT_OF_RANGE"),
        ("campaign.notes", "CONTROL_CHARACTER"),
        ("campaign.notes", "TOO_LONG"),
        ("campaign.form", "UNKNOWN_FORM"),
        ("campaign.close_day", "OUT_OF_RANGE"),
        ("campaign.reminder_days[0]", "BAD_REMINDER_DAY"),
        ("request_id", "BAD_REQUEST_ID"),
    ];
    assert_eq!(faults(&told), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    let told = stage.campaigns(&operator()).create_campaign(request(None)).await.unwrap_err();
    assert_eq!(faults(&told)[0], ("campaign".to_owned(), "REQUIRED".to_owned()));
    for (change, field, reason) in [
        (Campaign { form: String::new(), ..winter() }, "campaign.form", "REQUIRED"),
        (Campaign { open_day: String::new(), ..winter() }, "campaign.open_day", "REQUIRED"),
        (Campaign { open_day: "2025-02-30".to_owned(), ..winter() }, "campaign.open_day", "BAD_DATE"),
        (Campaign { close_day: "soon".to_owned(), ..winter() }, "campaign.close_day", "BAD_DATE"),
        (Campaign { close_day: "2025-12-27".to_owned(), ..winter() }, "campaign.close_day", "OUT_OF_RANGE"),
        (Campaign { open_day: "1999-12-31".to_owned(), ..winter() }, "campaign.open_day", "OUT_OF_RANGE"),
        (Campaign { reminder_days: vec!["1月".to_owned()], ..winter() }, "campaign.reminder_days[0]", "BAD_DATE"),
        (
            Campaign { reminder_days: vec!["2025-01-02".to_owned(), "2025-01-02".to_owned()], ..winter() },
            "campaign.reminder_days[1]",
            "BAD_REMINDER_DAY",
        ),
        (
            Campaign { reminder_days: (1..=11).map(|day| format!("2025-01-{day:02}")).collect(), ..winter() },
            "campaign.reminder_days",
            "TOO_MANY",
        ),
    ] {
        let told = create(&stage, change).await.unwrap_err();
        assert_eq!(one_fault(&told), (field.to_owned(), reason.to_owned()));
    }
    let list = ListCampaignsRequest { page_size: 201, page_token: "x".to_owned() };
    let told = stage.campaigns(&operator()).list_campaigns(list).await.unwrap_err();
    assert_eq!(faults(&told).len(), 2);
    assert!(stage.events().await.is_empty());
    let try_out = CreateCampaignRequest { campaign: Some(winter()), validate_only: true, ..Default::default() };
    let tried = stage.campaigns(&operator()).create_campaign(try_out).await.unwrap().into_inner();
    assert!(tried.token.is_none() && tried.campaign.unwrap().name.is_empty());
    assert!(stage.events().await.is_empty());
}

async fn no_two_campaigns_of_a_form_share_a_day(world: World) {
    let stage = world.stage().await;
    let first = create(&stage, winter()).await.unwrap();
    for (open, close) in [
        ("2025-02-03", "2025-03-01"),
        ("2024-12-01", "2024-12-25"),
        ("2025-01-01", "2025-01-02"),
        ("2024-12-01", "2025-03-01"),
    ] {
        let told = create(&stage, of_days(open, close)).await.unwrap_err();
        refused(&told, Code::FailedPrecondition, "CAMPAIGN_OVERLAPS");
        assert_eq!(told.get_details_error_info().unwrap().metadata["campaign"], first.name);
        let try_out =
            CreateCampaignRequest { campaign: Some(of_days(open, close)), validate_only: true, ..Default::default() };
        let told = stage.campaigns(&operator()).create_campaign(try_out).await.unwrap_err();
        refused(&told, Code::FailedPrecondition, "CAMPAIGN_OVERLAPS");
    }
    let second = create(&stage, of_days("2025-02-04", "2025-03-01")).await.unwrap();
    let back = Campaign { open_day: "2025-02-03".to_owned(), ..second.clone() };
    refused(&update(&stage, back).await.unwrap_err(), Code::FailedPrecondition, "CAMPAIGN_OVERLAPS");
    let own_days = Campaign { open_day: "2025-02-05".to_owned(), ..second };
    assert_eq!(update(&stage, own_days).await.unwrap().open_day, "2025-02-05");
}

async fn what_is_over_changes_only_in_notes_and_number(world: World) {
    let stage = world.stage().await;
    let made = create(&stage, winter()).await.unwrap();
    assert_eq!(made.state(), CampaignState::Closed, "a campaign of the past, to count what came in then");
    let told = update(&stage, Campaign { close_day: "2025-02-04".to_owned(), ..made.clone() }).await.unwrap_err();
    refused(&told, Code::FailedPrecondition, "CAMPAIGN_CLOSED");
    refused(&close(&stage, &made.name, "").await.unwrap_err(), Code::FailedPrecondition, "CAMPAIGN_CLOSED");
    let noted =
        Campaign { notes: "督促は2回。\n回答は想定どおり。".to_owned(), asked: 812, ..made.clone() };
    let noted = update(&stage, noted).await.unwrap();
    assert_eq!((noted.notes.as_str(), noted.asked), ("督促は2回。\n回答は想定どおり。", 812));
    assert_eq!(get(&stage, &operator(), &made.name).await.0, noted);
    // What was told of it holds no notes.
    let told = stage.events().await;
    let told = CampaignChanged::decode(told.last().unwrap().clear.as_ref()).unwrap().campaign.unwrap();
    assert_eq!((told.asked, told.notes.as_str()), (812, ""));
}

async fn closing_early_leaves_later_responses_to_nobody(world: World) {
    let stage = world.stage().await;
    let made = create(&stage, of_days("2025-02-10", "2025-02-20")).await.unwrap();
    let later = create(&stage, of_days("2025-03-01", "2025-03-31")).await.unwrap();
    refused(&close(&stage, &later.name, "").await.unwrap_err(), Code::FailedPrecondition, "CAMPAIGN_NOT_OPEN");
    stage.submit(&portal(), response("1")).await.unwrap();
    stage.clock.set("2025-02-12T12:00:00+09:00".parse().unwrap());
    let closed = close(&stage, &made.name, "定数に達した").await.unwrap();
    assert_eq!((closed.state(), closed.closed_by.as_str()), (CampaignState::Closed, "operator-1"));
    assert_eq!(
        (closed.close_time, closed.notes.as_str()),
        (Some(stage::at("2025-02-12T12:00:00+09:00")), "定数に達した")
    );
    stage.submit(&portal(), response("2")).await.unwrap();
    assert_eq!(figures(&stage, &made.name).await.received, 1);
    assert_eq!(stage.counts().await[0], 2, "it is taken all the same");
    refused(&close(&stage, &made.name, "").await.unwrap_err(), Code::FailedPrecondition, "CAMPAIGN_CLOSED");
    // The day on which it was closed is its own; the next is free.
    refused(
        &create(&stage, of_days("2025-02-12", "2025-02-20")).await.unwrap_err(),
        Code::FailedPrecondition,
        "CAMPAIGN_OVERLAPS",
    );
    create(&stage, of_days("2025-02-13", "2025-02-20")).await.unwrap();
}

async fn a_repeated_request_does_nothing_twice(world: World) {
    let stage = world.stage().await;
    let request = CreateCampaignRequest {
        campaign: Some(of_days("2025-02-10", "2025-02-20")),
        request_id: "r-1".to_owned(),
        validate_only: false,
    };
    let first = stage.campaigns(&operator()).create_campaign(request.clone()).await.unwrap().into_inner();
    let again = stage.campaigns(&operator()).create_campaign(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = CreateCampaignRequest { campaign: Some(winter()), ..request };
    let told = stage.campaigns(&operator()).create_campaign(other).await.unwrap_err();
    refused(&told, Code::FailedPrecondition, "REQUEST_ID_REUSED");
    let name = first.campaign.unwrap().name;
    let close = CloseCampaignRequest { name: name.clone(), request_id: "r-2".to_owned(), ..Default::default() };
    let first = stage.campaigns(&operator()).close_campaign(close.clone()).await.unwrap().into_inner();
    stage.clock.set("2025-02-11T12:00:00+09:00".parse().unwrap());
    assert_eq!(stage.campaigns(&operator()).close_campaign(close).await.unwrap().into_inner(), first);
    assert_eq!(stage.events().await.len(), 2);
}

async fn of_two_who_change_the_same_the_second_is_told(world: World) {
    let stage = world.stage().await;
    let made = create(&stage, of_days("2025-02-10", "2025-02-20")).await.unwrap();
    let mine = update(&stage, Campaign { asked: 10, ..made.clone() }).await.unwrap();
    assert_ne!(mine.etag, made.etag);
    let told = update(&stage, Campaign { asked: 20, ..made.clone() }).await.unwrap_err();
    refused(&told, Code::Aborted, "STALE_ETAG");
    assert_eq!(told.get_details_error_info().unwrap().metadata["etag"], mine.etag);
    let request = CloseCampaignRequest { name: made.name.clone(), etag: made.etag.clone(), ..Default::default() };
    refused(&stage.campaigns(&operator()).close_campaign(request).await.unwrap_err(), Code::Aborted, "STALE_ETAG");
    assert_eq!(update(&stage, Campaign { asked: 20, etag: String::new(), ..made }).await.unwrap().asked, 20);
    for name in ["campaigns/none", "none", ""] {
        let missing = Campaign { name: name.to_owned(), ..winter() };
        refused(&update(&stage, missing).await.unwrap_err(), Code::NotFound, "NO_SUCH_CAMPAIGN");
        refused(&close(&stage, name, "").await.unwrap_err(), Code::NotFound, "NO_SUCH_CAMPAIGN");
        let request = GetCampaignRequest { name: name.to_owned() };
        let told = stage.campaigns(&operator()).get_campaign(request).await.unwrap_err();
        refused(&told, Code::NotFound, "NO_SUCH_CAMPAIGN");
    }
}

async fn who_may_do_and_see_what(world: World) {
    let stage = world.stage().await;
    let made = create(&stage, Campaign { notes: "内部の記録".to_owned(), ..winter() }).await.unwrap();
    let counsellor = Caller::new("counsellor-1", [Role::Counsellor]);
    for caller in [portal(), counsellor.clone()] {
        let (seen, counted) = get(&stage, &caller, &made.name).await;
        assert_eq!((seen.title, seen.notes.as_str(), counted.asked), (made.title.clone(), "", 800));
    }
    assert_eq!(get(&stage, &operator(), &made.name).await.0.notes, "内部の記録");
    let request = GetCampaignRequest { name: made.name.clone() };
    let told = stage.campaigns(&expert("user-1")).get_campaign(request).await.unwrap_err();
    assert_eq!(told.code(), Code::PermissionDenied);
    for caller in [portal(), counsellor, expert("user-1")] {
        let mut campaigns = stage.campaigns(&caller);
        let listed = campaigns.list_campaigns(ListCampaignsRequest::default()).await.unwrap().into_inner().campaigns;
        assert_eq!((listed.len(), listed[0].notes.as_str()), (1, ""));
        let refused = [
            campaigns.create_campaign(CreateCampaignRequest::default()).await.unwrap_err(),
            campaigns.update_campaign(UpdateCampaignRequest::default()).await.unwrap_err(),
            campaigns.close_campaign(CloseCampaignRequest::default()).await.unwrap_err(),
            campaigns.add_recipients(AddRecipientsRequest::default()).await.unwrap_err(),
            campaigns.list_recipients(ListRecipientsRequest::default()).await.unwrap_err(),
            campaigns.remove_recipient(RemoveRecipientRequest::default()).await.unwrap_err(),
            campaigns.list_reminders_due(ListRemindersDueRequest::default()).await.unwrap_err(),
            campaigns.record_contacts(RecordContactsRequest::default()).await.unwrap_err(),
        ];
        assert!(refused.iter().all(|status| status.code() == Code::PermissionDenied), "{refused:?}");
    }
}

async fn lists_come_in_pages_the_latest_first(world: World) {
    let stage = world.stage().await;
    for year in [2021, 2024, 2022, 2023, 2020] {
        create(&stage, of_days(&format!("{year}-01-01"), &format!("{year}-02-01"))).await.unwrap();
    }
    let mut request = ListCampaignsRequest { page_size: 2, page_token: String::new() };
    let mut years = Vec::new();
    loop {
        let page = stage.campaigns(&operator()).list_campaigns(request.clone()).await.unwrap().into_inner();
        years.extend(page.campaigns.into_iter().map(|campaign| campaign.open_day[..4].to_owned()));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(years, ["2024", "2023", "2022", "2021", "2020"]);
}

async fn an_erased_campaign_key_takes_the_notes(world: World) {
    use kit_log::KeyStore as _;
    let stage = world.stage().await;
    let made = create(&stage, Campaign { notes: "内部の記録".to_owned(), ..winter() }).await.unwrap();
    stage
        .import(vec![response("1").with("email", text("a@example.jp")).at("2025-01-05T10:00:00+09:00")])
        .await
        .unwrap();
    stage.keys.destroy(made.name.strip_prefix("campaigns/").unwrap()).await.unwrap();
    let (seen, counted) = get(&stage, &operator(), &made.name).await;
    assert_eq!((seen.notes.as_str(), counted.received), ("", 1));
}
