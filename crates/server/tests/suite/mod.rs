//! What every database must do, asked of the real router: one list of cases, started once for each database.
//!
//! A test file names its database with `suite::cases!(start)`, where `start` is a [`Start`].

pub(crate) mod consent;
pub(crate) mod deny;
pub(crate) mod description;
pub(crate) mod door;
pub(crate) mod ends;
pub(crate) mod enrol;
pub(crate) mod sequence;
pub(crate) mod world;

pub(crate) use world::{Start, Started};

/// `cases!(start)`: one test for each case, on the database that `start` starts; `cases!(start, if is_here)`: only where there is one.
/// `cases!(run start)`: all of them, one after the other.
macro_rules! cases {
    ($start:path) => {
        $crate::suite::cases!($start, if true);
    };
    ($start:path, if $is_here:expr) => {
        $crate::suite::cases! { @list each $start, $is_here }
    };
    (run $start:path) => {
        $crate::suite::cases! { @list run $start, true }
    };
    (@list $what:ident $start:path, $is_here:expr) => {
        $crate::suite::cases! { @$what $start, $is_here;
            enrol: a_workspace_begins_once_with_its_first_device, a_closed_server_takes_no_workspace,
                a_pairing_is_claimed_once_and_expires, a_waiting_device_reads_and_cannot_write,
                a_revoked_device_is_out_at_its_next_request, the_last_device_stays_until_the_workspace_goes,
                tokens_expire_without_use_and_roll_with_it,
                open_addresses_are_counted, a_workspace_can_be_deleted_and_never_comes_back;
            consent: entries_follow_the_head_or_learn_where_it_is, entries_are_checked_before_they_are_kept,
                an_entry_from_the_future_is_refused_and_told_the_time,
                one_request_carries_no_more_entries_than_a_page_of_the_ledger,
                the_ledger_is_read_in_pages_and_countersigned, every_address_takes_its_own_entries_only;
            sequence: operations_are_stored_once_and_in_order, gaps_and_two_meanings_of_a_number_are_refused,
                a_denied_operation_ends_the_prefix_and_a_void_takes_its_place, pages_follow_one_another_and_resume,
                cursors_of_other_places_and_histories_are_refused, the_chain_is_the_one_everybody_can_recompute,
                keys_come_with_what_needs_them_and_rotate_by_epoch, a_full_workspace_says_so_and_still_erases,
                too_much_at_once_is_refused, news_are_told_without_content;
            deny: every_reason_of_the_decision_is_a_refusal, pushes_without_a_live_consent_store_nothing,
                malformed_requests_never_fail_the_server;
            ends: a_withdrawn_grant_takes_its_rows_and_keys_and_is_receipted,
                an_ended_basis_takes_its_records_only, erased_records_never_come_back,
                large_removals_block_at_once_and_finish_step_by_step,
                many_records_are_gone_within_a_minute, what_expires_is_swept,
                replaced_operations_go_when_everyone_has_them,
                deletions_go_after_half_a_year_and_who_is_behind_reads_anew, restricted_records_stay_and_do_not_travel,
                an_export_holds_everything_that_is_held, what_is_stored_passes_the_audit;
            door: refused_tokens_answer_alike_everywhere, other_versions_are_told_which_are_spoken,
                other_sites_are_turned_away_unless_listed, limits_hold, what_is_beyond_the_requests_under_way_is_shed,
                what_takes_too_long_is_ended, health_follows_the_database,
                addresses_and_description_are_the_same_list, answers_have_declared_statuses_and_schemas;
        }
    };
    (@run $start:path, $is_here:expr; $($group:ident: $($case:ident),+;)+) => {
        $($(
            $crate::suite::$group::$case($start).await;
        )+)+
    };
    (@each $start:path, $is_here:expr; $($group:ident: $($case:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $case() {
                if $is_here {
                    $crate::suite::$group::$case($start).await;
                }
            }
        )+)+
    };
}

pub(crate) use cases;
