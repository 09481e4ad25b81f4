//! Files that somebody writes to while they are imported: told as such, and nothing of them is stored; what is done to them
//! once rows are handed in changes nothing.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use activelist::connect::Connection;
use activelist::failure::Exit;
use contract::survey::v1::survey_responses_client::SurveyResponsesClient;
use contract::survey::v1::survey_responses_server::{SurveyResponses, SurveyResponsesServer};
use contract::survey::v1::*;
use kit_serve::{Client, Lifecycle, Limits, MAX_MESSAGE_BYTES, Outcome, Server, Trust};
use stage::{Rows, Said, Stage};
use tonic::{Request, Response, Status, async_trait};

/// Rows of a file: a whole block of the importer and a part of a second.
const ROWS: usize = 120;
/// Rows of a file that ends with a block.
const BLOCKS: usize = 100;

/// When something happens to the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// With the answer to the last check: the file is read once, and nothing is handed in yet.
    Checked,
    /// Before the first rows that are handed in are stored.
    HandedIn,
}

/// The survey of a stage, with somebody beside it who gets at the file in the midst of an import.
struct Meddled {
    survey: SurveyResponsesClient<Client>,
    when: When,
    /// Checks to come before it happens.
    checks: Mutex<usize>,
    happens: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Meddled {
    fn at(&self, when: When) {
        if self.when == when
            && let Some(happens) = self.happens.lock().unwrap().take()
        {
            happens();
        }
    }
}

#[async_trait]
impl SurveyResponses for Meddled {
    async fn batch_validate_responses(
        &self,
        request: Request<BatchValidateResponsesRequest>,
    ) -> Result<Response<BatchValidateResponsesResponse>, Status> {
        let answer = self.survey.clone().batch_validate_responses(request.into_inner()).await;
        let left = {
            let mut checks = self.checks.lock().unwrap();
            *checks = checks.saturating_sub(1);
            *checks
        };
        if left == 0 {
            self.at(When::Checked);
        }
        answer
    }

    async fn batch_submit_responses(
        &self,
        request: Request<BatchSubmitResponsesRequest>,
    ) -> Result<Response<BatchSubmitResponsesResponse>, Status> {
        self.at(When::HandedIn);
        self.survey.clone().batch_submit_responses(request.into_inner()).await
    }

    async fn submit_response(
        &self,
        request: Request<SubmitResponseRequest>,
    ) -> Result<Response<SubmitResponseResponse>, Status> {
        self.survey.clone().submit_response(request.into_inner()).await
    }

    async fn validate_response(
        &self,
        request: Request<ValidateResponseRequest>,
    ) -> Result<Response<ValidateResponseResponse>, Status> {
        self.survey.clone().validate_response(request.into_inner()).await
    }

    async fn get_response(
        &self,
        request: Request<GetResponseRequest>,
    ) -> Result<Response<GetResponseResponse>, Status> {
        self.survey.clone().get_response(request.into_inner()).await
    }

    async fn list_responses(
        &self,
        request: Request<ListResponsesRequest>,
    ) -> Result<Response<ListResponsesResponse>, Status> {
        self.survey.clone().list_responses(request.into_inner()).await
    }

    async fn get_survey_statistics(
        &self,
        request: Request<GetSurveyStatisticsRequest>,
    ) -> Result<Response<GetSurveyStatisticsResponse>, Status> {
        self.survey.clone().get_survey_statistics(request.into_inner()).await
    }
}

async fn received(stage: &Stage) -> i64 {
    let mut responses = Connection::open(&stage.url, None).unwrap().responses();
    responses.get_survey_statistics(GetSurveyStatisticsRequest {}).await.unwrap().into_inner().received
}

/// Imports a file of so many rows, to which something happens meanwhile.
async fn import(
    stage: &Stage,
    (file, rows): (&Path, usize),
    more: &[&str],
    when: When,
    happens: impl FnOnce() + Send + 'static,
) -> Said {
    let survey = Connection::open(&stage.url, None).unwrap().responses();
    // The importer has 100 rows checked at once.
    let checks = Mutex::new(rows.div_ceil(100));
    let meddled = Meddled { survey, when, checks, happens: Mutex::new(Some(Box::new(happens))) };
    let meddled = SurveyResponsesServer::new(meddled);
    let meddled = meddled.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES);
    let lifecycle = Lifecycle::new();
    let port = kit_serve::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    let server = Server::new(Limits::default(), Trust::Near).add_service(meddled);
    server.serve([port.into()], &lifecycle).await.unwrap();
    let words = [&["import", "survey", file.to_str().unwrap(), "--survey", &url, "--json"], more].concat();
    let said = stage.run(&words).await;
    assert_eq!(lifecycle.shutdown().await, Outcome::Clean);
    said
}

type Change = fn(&Path);

fn lines(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap().split_inclusive("\r\n").map(str::to_owned).collect()
}

/// What somebody may do to a file. None of the changes makes a fault, so that nothing but the change can be told.
const CHANGES: [(&str, Change); 7] = [
    ("rows were appended", |file| {
        let more = Rows::of_campaign(ROWS + 1).text();
        fs::write(file, more).unwrap();
    }),
    ("a row was changed, its length and time as before", |file| {
        let modified = fs::metadata(file).unwrap().modified().unwrap();
        let mut lines = lines(file);
        let last = lines.last_mut().unwrap();
        // A second of its first cell, which is when it was handed in.
        let at = "2025-01-01T00:00:0".len();
        let other = if &last[at..=at] == "1" { "2" } else { "1" };
        last.replace_range(at..=at, other);
        fs::write(file, lines.concat()).unwrap();
        File::options().write(true).open(file).unwrap().set_modified(modified).unwrap();
    }),
    ("rows were taken from its end", |file| {
        let lines = lines(file);
        let kept: usize = lines[..lines.len() - 5].iter().map(String::len).sum();
        File::options().write(true).open(file).unwrap().set_len(kept as u64).unwrap();
    }),
    ("two headings changed places", |file| {
        let mut lines = lines(file);
        lines[0] = lines[0].replace("S1a1", "?").replace("S1a2", "S1a1").replace('?', "S1a2");
        fs::write(file, lines.concat()).unwrap();
    }),
    ("it was emptied", |file| drop(File::create(file).unwrap())),
    ("another file was put in its place", |file| {
        let other = file.with_extension("new");
        fs::write(&other, Rows::of_campaign(3).text()).unwrap();
        fs::rename(other, file).unwrap();
    }),
    ("it was taken away", |file| fs::remove_file(file).unwrap()),
];

fn assert_told(said: &Said, file: &Path, what: &str) {
    assert_eq!(said.exit(), Exit::Failed, "{what}: {:?} {}", said.done, said.err);
    let failure = said.done.as_ref().unwrap_err();
    for word in [file.to_str().unwrap(), "ファイルが変わりました", "何も保存していません", "changed", "stored nothing"]
    {
        assert!(failure.what.contains(word), "{what}: {word} is not in {}", failure.what);
    }
    assert!(failure.advice.contains("もう一度"), "{what}: {}", failure.advice);
    assert_eq!(said.out, "", "{what}: nothing is told as done");
}

#[tokio::test]
async fn a_file_that_changes_before_it_is_stored_is_told_and_not_stored() {
    let stage = Stage::set().await;
    for (what, change) in CHANGES {
        for more in [&[][..], &["--dry-run"]] {
            let file = stage.file("responses.csv", Rows::of_campaign(ROWS).text());
            let path = file.clone();
            let said = import(&stage, (&file, ROWS), more, When::Checked, move || change(&path)).await;
            assert_told(&said, &file, what);
            assert_eq!(received(&stage).await, 0, "{what}");
        }
    }
    stage.strike().await;
}

#[tokio::test]
async fn good_rows_of_a_file_that_changes_are_not_kept_and_no_bad_ones_are_written() {
    let stage = Stage::set().await;
    for (what, change) in CHANGES {
        let file = stage.file("responses.csv", Rows::of_campaign(ROWS).set(1, "S1a1", "7").text());
        let path = file.clone();
        let said = import(&stage, (&file, ROWS), &["--keep-good"], When::Checked, move || change(&path)).await;
        assert_told(&said, &file, what);
        assert_eq!(received(&stage).await, 0, "{what}");
        assert!(!file.with_file_name("responses.bad.csv").exists(), "{what}");
    }
    stage.strike().await;
}

/// Rows behind the last block that was checked are not read a second time by anybody who only compares what was read.
#[tokio::test]
async fn a_row_behind_a_whole_block_is_noticed_and_imported_the_next_time() {
    let stage = Stage::set().await;
    let file = stage.file("responses.csv", Rows::of_campaign(BLOCKS).text());
    let path = file.clone();
    let append = move || fs::write(path, Rows::of_campaign(BLOCKS + 1).text()).unwrap();
    let said = import(&stage, (&file, BLOCKS), &[], When::Checked, append).await;
    assert_told(&said, &file, "a row behind a whole block");
    assert_eq!(received(&stage).await, 0);
    let json = stage.import(&file).await.json();
    let taken = json["stored"].as_i64().unwrap() + json["repeated"].as_i64().unwrap();
    assert_eq!((json["rows"].as_u64(), taken), (Some(BLOCKS as u64 + 1), BLOCKS as i64 + 1));
    stage.strike().await;
}

#[tokio::test]
async fn what_is_done_to_a_file_once_rows_are_handed_in_changes_nothing() {
    // Such as every row would show.
    for (what, change) in CHANGES.into_iter().filter(|(what, _)| what.contains("emptied") || what.contains("headings"))
    {
        let stage = Stage::set().await;
        let file = stage.file("responses.csv", Rows::of_campaign(ROWS).text());
        let path: PathBuf = file.clone();
        let said = import(&stage, (&file, ROWS), &[], When::HandedIn, move || change(&path)).await;
        assert_eq!(said.exit(), Exit::Done, "{what}: {:?}", said.done);
        let json = said.json();
        let taken = json["stored"].as_i64().unwrap() + json["repeated"].as_i64().unwrap();
        assert_eq!((json["rows"].as_u64(), taken), (Some(ROWS as u64), ROWS as i64), "{what}");
        // As it was checked: the rows of then are known, every one.
        let before = stage.file("before.csv", Rows::of_campaign(ROWS).text());
        let again = stage.import(&before).await.json();
        assert_eq!((&again["stored"], &again["repeated"]), (&0.into(), &(ROWS as i64).into()), "{what}");
        stage.strike().await;
    }
}

/// There is nothing to compare a pipe with.
#[tokio::test]
async fn a_file_that_is_not_there_twice_is_still_imported() {
    let stage = Stage::set().await;
    let pipe = stage.place("responses.pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let to = pipe.clone();
    let writer = std::thread::spawn(move || fs::write(to, Rows::of_campaign(ROWS).text()).unwrap());
    let said = stage.import(&pipe).await;
    writer.join().unwrap();
    assert_eq!((said.exit(), said.json()["rows"].as_u64()), (Exit::Done, Some(ROWS as u64)), "{:?}", said.done);
    stage.strike().await;
}

/// Rows stand stored by then: that is what is told, and what is wrong with the others.
#[tokio::test]
async fn a_place_for_bad_rows_that_is_taken_meanwhile_loses_none_of_them() {
    let stage = Stage::set().await;
    let file = stage.file("responses.csv", Rows::of_campaign(3).set(2, "S1a1", "7").text());
    let bad = stage.place("bad.csv");
    let path = bad.clone();
    let more = ["--keep-good", "--bad", bad.to_str().unwrap()];
    let said = import(&stage, (&file, 3), &more, When::HandedIn, move || fs::write(path, "mine").unwrap()).await;
    assert_eq!((said.exit(), received(&stage).await), (Exit::Failed, 2), "{:?}", said.done);
    let failure = said.done.as_ref().unwrap_err();
    assert!(failure.what.contains("2 行を保存しました") && failure.what.contains("bad.csv"), "{failure}");
    assert!(failure.advice.contains("--bad") && failure.advice.contains("もう一度"), "{}", failure.advice);
    assert!(said.err.contains("OUT_OF_RANGE"), "{}", said.err);
    let json = said.json();
    assert_eq!((&json["stored"], &json["bad"], &json["faults"][0]["line"]), (&2.into(), &1.into(), &3.into()));
    assert_eq!(fs::read(&bad).unwrap(), b"mine");

    let other = stage.place("other.csv");
    let again = ["import", "survey", file.to_str().unwrap(), "--keep-good", "--bad", other.to_str().unwrap()];
    assert_eq!(stage.run(&again).await.exit(), Exit::Partly);
    assert!(fs::read_to_string(other).unwrap().contains("S1a1"));
    stage.strike().await;
}
