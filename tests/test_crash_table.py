"""Every crash point and every way to charge twice has its test, named here and looked up."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from tests.cases import every_case

TESTS = Path(__file__).parent
CONSENTS = "cogs/test_consents.py"
APART = "torture/test_separate_folders.py"
KILLED = "torture/test_crash_points.py"
DELIVERY = "services/test_delivery.py"
GROUPS = "storage/test_group_commit.py"
JOBS = "storage/test_jobs.py"
INTAKE = "services/test_intake.py"
BOOKS = "services/test_quota_book.py"
FAILOVER = "services/test_failover.py"
REVIEWED = "torture/test_reviews.py"
MOVED = "torture/test_failover.py"
GALLERY = "torture/test_gallery.py"
COMPARED = "torture/test_comparisons.py"
STYLED = "torture/test_styles.py"

# What happens when the process dies right after each point: the number, file and test.
CRASH_POINTS = {
    0: (KILLED, "test_k0_a_request_that_nobody_looked_at_leaves_nothing"),
    1: (KILLED, "test_k1_an_answer_was_promised_and_nothing_is_charged"),
    2: (KILLED, "test_k2_references_without_a_job_are_swept_after_an_hour"),
    3: (KILLED, "test_k3_half_a_reservation_is_rolled_back"),
    4: (
        KILLED,
        "test_k4_an_accepted_request_whose_ticket_was_never_shown_brings_its_picture",
    ),
    5: (KILLED, "test_k5_a_public_ticket_of_unknown_number_does_not_stay"),
    6: (KILLED, "test_k6_a_claimed_request_of_which_nothing_was_sent_is_drawn"),
    7: (KILLED, "test_k7_a_call_marked_as_sent_is_never_sent_again"),
    8: (KILLED, "test_k8_a_call_without_a_reply_costs_its_member_nothing"),
    9: (KILLED, "test_k9_a_reply_without_its_name_is_none"),
    10: (KILLED, "test_k10_a_complete_reply_is_read_from_the_spool"),
    11: (KILLED, "test_k11_pictures_that_are_known_are_fetched_again"),
    12: (
        KILLED,
        "test_k12_of_four_calls_two_are_answered_one_is_unknown_and_one_is_sent_now",
    ),
    13: (KILLED, "test_k13_k14_pictures_that_are_there_are_posted_once"),
    14: (KILLED, "test_k13_k14_pictures_that_are_there_are_posted_once"),
    15: (KILLED, "test_k15_a_post_whose_number_was_lost_is_not_posted_twice"),
    16: (KILLED, "test_k16_the_second_of_two_messages_follows_the_first"),
    17: (KILLED, "test_k17_k18_the_last_post_and_the_charge_are_one"),
    18: (KILLED, "test_k17_k18_the_last_post_and_the_charge_are_one"),
    19: (KILLED, "test_k19_k20_bad_news_is_told_however_often_it_takes"),
    20: (KILLED, "test_k20_a_public_notice_that_was_posted_is_not_posted_again"),
    21: (KILLED, "test_k21_a_result_waits_while_discord_is_down_and_is_posted_once"),
    22: (
        KILLED,
        "test_k22_what_discord_finds_too_large_is_fitted_again_by_the_next_process",
    ),
    23: (KILLED, "test_k23_a_message_that_was_deleted_meanwhile_is_not_posted_again"),
    # A power cut cannot be had: that every connection writes through is looked up instead.
    24: (
        "storage/test_database.py",
        "test_every_connection_has_the_settings_that_survive_a_power_cut",
    ),
    25: (
        "services/test_one_outcome.py",
        "test_a_spool_that_filled_up_meanwhile_sends_nothing_and_charges_nothing",
    ),
    26: (KILLED, "test_k26_a_result_is_recorded_once_the_database_can_be_written_again"),
    27: (
        "services/test_spoilers.py",
        "test_k27_a_spoiler_that_discord_did_not_show_is_brought_after_a_start",
    ),
    28: (
        "services/test_spoilers.py",
        "test_k28_a_message_posted_again_whose_number_was_lost_is_not_posted_twice",
    ),
    29: ("storage/test_generation.py", "test_k29_a_kill_between_database_and_file_is_no_copy"),
    30: (KILLED, "test_k30_k31_k32_a_group_that_was_not_committed_never_was"),
    31: (KILLED, "test_k30_k31_k32_a_group_that_was_not_committed_never_was"),
    32: (KILLED, "test_k30_k31_k32_a_group_that_was_not_committed_never_was"),
    33: (GROUPS, "test_a_cancelled_unit_leaves_nothing_and_undoes_no_neighbour"),
    34: (MOVED, "test_k34_k35_k36_a_job_that_moves_is_drawn_once_by_the_other_service"),
    35: (MOVED, "test_k34_k35_k36_a_job_that_moves_is_drawn_once_by_the_other_service"),
    36: (MOVED, "test_k34_k35_k36_a_job_that_moves_is_drawn_once_by_the_other_service"),
    37: (APART, "test_a_reply_that_the_store_never_had_is_unknown_elsewhere_and_refunded"),
    38: (APART, "test_requests_outlast_a_store_that_goes_away_under_them"),
    39: (CONSENTS, "test_an_answer_that_nobody_acted_on_is_brought_about_once"),
    40: (CONSENTS, "test_a_card_whose_number_was_lost_is_found_and_not_posted_again"),
    41: (CONSENTS, "test_what_ended_and_was_not_told_is_told_later"),
    42: (REVIEWED, "test_k42_a_result_that_was_judged_is_judged_again_and_held_once"),
    43: (REVIEWED, "test_k43_the_card_of_a_held_result_is_posted_once"),
    44: (REVIEWED, "test_k44_what_staff_decided_happens_once_and_the_card_shows_it"),
    45: (REVIEWED, "test_k45_files_that_concern_minors_go_after_a_crash_too"),
    46: (GALLERY, "test_k46_k47_what_was_decided_is_posted_once"),
    47: (GALLERY, "test_k46_k47_what_was_decided_is_posted_once"),
    48: (GALLERY, "test_k48_a_post_whose_number_was_lost_is_not_posted_twice"),
    49: (GALLERY, "test_k48_k49_a_result_removed_after_a_crash_leaves_the_gallery"),
    50: (COMPARED, "test_k50_k51_pictures_that_wait_for_each_other_are_posted_once"),
    51: (COMPARED, "test_k50_k51_pictures_that_wait_for_each_other_are_posted_once"),
    52: (COMPARED, "test_k52_a_comparison_whose_number_was_lost_is_not_posted_twice"),
    53: (COMPARED, "test_k53_a_vote_that_was_closed_is_shown_by_the_next_process"),
    54: (
        "services/test_ticket_turns.py",
        "test_a_process_that_died_before_it_showed_the_ticket_holds_a_result_up_for_a_minute",
    ),
    55: (STYLED, "test_k55_files_of_a_deleted_style_go_after_an_hour"),
}

# Each way on which somebody could be charged twice.
DOUBLE_CHARGES = {
    1: ("providers/test_service.py", "test_every_fault_has_its_class_and_is_posted_once"),
    2: ("providers/test_retry.py", "test_no_header_makes_us_pay_twice_or_repeat_a_refusal"),
    3: ("providers/test_service.py", "test_the_wire_form_changes_once"),
    4: ("cogs/test_again.py", "test_a_double_tap_on_again_is_one_wish"),
    5: (INTAKE, "test_the_same_event_many_times_at_once_is_one_job"),
    6: ("cogs/test_replies.py", "test_an_edited_message_is_no_new_request"),
    7: ("services/test_recovery.py", "test_who_was_superseded_changes_nothing_any_more"),
    8: (JOBS, "test_of_a_cancel_and_a_claim_at_once_exactly_one_wins"),
    9: (BOOKS, "test_settling_twice_gives_back_once"),
    10: (BOOKS, "test_a_refund_goes_to_the_window_that_it_came_from"),
    11: (
        "services/test_open_windows.py",
        "test_a_reset_opens_the_window_anew_and_leaves_what_is_held",
    ),
    12: ("storage/test_quotas.py", "test_a_limit_lowered_below_the_use_lets_nothing_through"),
    13: (
        "providers/test_dialects.py",
        "test_nothing_about_sets_or_counts_is_sent_unless_a_set_is_wanted",
    ),
    14: (
        "services/test_one_outcome.py",
        "test_a_surplus_is_kept_in_the_books_of_calls_but_neither_posted_nor_charged",
    ),
    15: (
        DELIVERY,
        "test_more_than_ten_pictures_are_several_messages_with_nonces_of_their_own",
    ),
    16: ("services/test_pickups.py", "test_showing_settles_once_and_the_pictures_go_to_the_press"),
    # The command line knows no database, so the bot cannot take its requests up.
    17: ("cli/test_generate_real.py", "test_what_may_have_been_paid_is_not_tried_again"),
    18: (DELIVERY, "test_a_post_whose_answer_was_lost_is_found_and_not_repeated"),
    19: ("services/test_restored_copy.py", "test_d19_nothing_of_a_restored_copy_is_sent_again"),
    20: (FAILOVER, "test_no_picture_is_ever_asked_twice_where_both_may_be_paid"),
}


@every_case("number", CRASH_POINTS)
def test_every_crash_point_has_its_test(number: int) -> None:
    assert CRASH_POINTS[number] in _tests()


@every_case("number", range(1, 21))
def test_every_way_to_charge_twice_has_its_test(number: int) -> None:
    assert DOUBLE_CHARGES[number] in _tests()


@functools.cache
def _tests() -> frozenset[tuple[str, str]]:
    return frozenset(
        (file.relative_to(TESTS).as_posix(), node.name)
        for file in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
