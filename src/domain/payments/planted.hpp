#pragma once

/// Faults that a build for testing can turn on, to show that the simulation would find them. In every
/// other build they do not exist.
namespace florin::payments {

enum class Bug {
    none,
    call_before_intent,
    reference_per_attempt,
    timeout_is_decline,
    not_found_is_final,
    refund_without_reservation,
    capture_without_reservation,
    acknowledge_before_commit,
    send_again_while_unknown,
    reroute_while_unknown,
    keep_reservation_on_decline,
    release_while_unknown,
    no_ledger_on_recovery,
    double_ledger_on_recovery,
    key_not_taken,
    answer_not_kept,
    skip_audit,
    skip_event,
};

#ifdef FLORIN_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace florin::payments
