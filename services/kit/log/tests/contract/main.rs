//! One suite for every way in which a log can be kept and carried: {SQLite, PostgreSQL} × {in process, NATS}.
//!
//! `deploy/dev/with-servers cargo test -p kit-log` runs it; without the servers the tests fail and say so. Counts are for
//! a quick run; with `ACTIVELIST_CAMPAIGN=1` they are those of the promises.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic, in what it stands on too")]

mod broker;
mod carriers;
mod commit;
mod damage;
mod following;
mod histories;
mod mirror;
mod parking;
mod personal;
mod positions;
mod proxy;
mod reading;
mod replicas;
mod requests;
mod rpc;
mod whole;
mod world;

use world::Shape;

/// Runs a test in a world of its own, which is taken down whatever becomes of the test.
macro_rules! test {
    ($shape:expr, $module:ident :: $name:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let shape: $crate::Shape = $shape;
            $crate::world::within(shape, async |world| $crate::$module::$name(world).await).await;
        }
    };
}

/// What holds everywhere.
macro_rules! contract {
    ($shape:expr) => {
        test!($shape, positions::positions_are_gap_free);
        test!($shape, positions::a_failed_command_leaves_nothing_and_its_group_stays);
        test!($shape, positions::a_statement_that_fails_fails_its_command);
        test!($shape, positions::an_abandoned_command_is_whole_or_never_was);
        test!($shape, positions::a_spoilt_request_id_costs_nobody_else);
        test!($shape, positions::an_event_too_large_to_travel_fails_its_command);
        test!($shape, positions::what_was_accepted_is_committed_before_the_end);
        test!($shape, requests::a_repeated_request_has_one_effect_and_the_same_answer);
        test!($shape, requests::requests_repeated_at_once_have_one_effect);
        test!($shape, requests::another_content_is_refused);
        test!($shape, requests::a_failed_request_may_be_tried_again);
        test!($shape, requests::answers_survive_reopening);
        test!($shape, reading::pages_give_the_log_as_it_is);
        test!($shape, reading::a_reading_ends_where_its_first_page_pinned_it);
        test!($shape, reading::compacted_is_the_newest_of_each_as_of_the_pinned_head);
        test!($shape, reading::pages_are_bounded_in_bytes);
        test!($shape, reading::another_epoch_is_refused);
        test!($shape, following::every_event_has_one_effect_under_a_disturbing_carrier);
        test!($shape, following::events_arrive_live);
        test!($shape, following::a_silent_carrier_is_bridged_by_polls);
        test!($shape, following::a_carrier_that_errs_is_asked_again);
        test!($shape, following::a_reader_goes_on_from_its_cursor_after_a_restart);
        test!($shape, following::a_new_epoch_is_read_from_nothing);
        test!($shape, following::a_log_behind_the_cursor_is_read_from_nothing);
        test!($shape, following::a_reader_learns_how_far_the_producer_has_read);
        test!($shape, parking::a_poison_event_is_set_aside_after_five_tries);
        test!($shape, parking::a_replay_applies_what_waited_in_order);
        test!($shape, parking::an_event_given_up_lets_its_aggregate_go_on);
        test!($shape, parking::an_unknown_type_waits_for_an_upgrade);
        test!($shape, parking::a_newer_schema_waits_for_an_upgrade);
        test!($shape, parking::an_outage_counts_no_tries);
        test!($shape, parking::more_than_a_page_may_be_set_aside);
        test!($shape, personal::a_personal_body_reaches_its_reader);
        test!($shape, personal::a_destroyed_key_erases_and_stays_destroyed);
        test!($shape, personal::a_body_that_cannot_be_opened_is_set_aside);
        test!($shape, whole::a_reader_may_want_every_event_and_no_body);
        test!($shape, personal::without_the_key_store_nothing_personal_is_written_or_read);
        test!($shape, personal::no_file_holds_a_personal_body_in_clear);
        test!($shape, rpc::a_remote_log_reads_as_the_log_itself);
        test!($shape, rpc::a_reader_follows_over_grpc);
        test!($shape, rpc::bad_input_is_told_field_by_field);
        test!($shape, rpc::an_operator_sees_replays_and_drops);
        test!($shape, histories::rebuilt_equals_lived);
    };
}

/// What holds where a broker is that can break.
macro_rules! with_broker {
    ($shape:expr) => {
        test!($shape, broker::the_stream_is_the_log_as_cloud_events);
        test!($shape, broker::a_deleted_stream_is_filled_again);
        test!($shape, broker::a_stream_takes_the_size_that_is_set_where_there_is_room);
        test!($shape, broker::a_purged_stream_goes_on);
        test!($shape, broker::a_killed_server_costs_nothing);
        test!($shape, broker::a_wiped_server_is_filled_again);
        test!($shape, broker::a_server_rolled_back_is_filled_again);
        test!($shape, broker::a_server_rolled_back_between_two_events_is_filled_again);
        test!($shape, broker::writes_go_on_while_the_server_is_away);
        test!($shape, broker::a_reader_started_without_the_server_hears_of_events_once_it_is_there);
    };
}

/// What holds where several processes share a database.
macro_rules! with_replicas {
    ($shape:expr) => {
        test!($shape, replicas::replicas_write_one_log);
        test!($shape, replicas::an_event_has_one_effect_however_many_replicas_read_it);
        test!($shape, replicas::replicas_that_begin_at_once_read_from_nothing_one_at_a_time);
        test!($shape, replicas::a_reading_from_nothing_is_let_finish_and_taken_over_when_it_stands);
        test!($shape, replicas::what_one_replica_set_aside_the_other_holds_back);
        test!($shape, replicas::a_silent_replica_holds_the_others_up_for_seconds_only);
        test!($shape, commit::a_lost_answer_to_commit_is_looked_up);
        test!($shape, commit::a_database_away_is_told_and_comes_back);
        test!($shape, commit::a_database_that_starts_later_is_waited_for);
        test!($shape, commit::a_database_that_vanished_is_told_and_found_again);
    };
}

mod sqlite_in_process {
    contract!(crate::Shape::SQLITE_IN_PROCESS);
    test!(crate::Shape::SQLITE_IN_PROCESS, damage::a_damaged_file_is_refused_by_name);
    test!(crate::Shape::SQLITE_IN_PROCESS, damage::a_full_disk_is_told_and_reading_goes_on);
    test!(crate::Shape::SQLITE_IN_PROCESS, damage::what_is_no_database_is_refused_by_name);
}

mod sqlite_nats {
    contract!(crate::Shape::SQLITE_NATS);
    with_broker!(crate::Shape::SQLITE_NATS);
}

mod postgres_in_process {
    contract!(crate::Shape::POSTGRES_IN_PROCESS);
    with_replicas!(crate::Shape::POSTGRES_IN_PROCESS);
}

mod postgres_nats {
    contract!(crate::Shape::POSTGRES_NATS);
    with_broker!(crate::Shape::POSTGRES_NATS);
    test!(crate::Shape::POSTGRES_NATS, replicas::replicas_relay_one_stream);
}
