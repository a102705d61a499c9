#pragma once

#include <optional>
#include <string_view>

#include "florin/billing/charge.hpp"
#include "florin/cases/case.hpp"

/// When nobody has to work on a charge's cases any more, because it went its own way: decisions without a world.
namespace florin::billing {

/// How a case ends without a person.
struct CaseEnd {
    cases::Resolution resolution = cases::Resolution::retry;
    std::string_view why;
};

/// Of what the charge's failure had opened. Nothing: it is as it was.
inline std::optional<CaseEnd> end_of_failure(const Charge& before, const Charge& after) {
    if (before.status != ChargeStatus::failed) return std::nullopt;
    switch (after.status) {
        case ChargeStatus::failed:
            return std::nullopt;
        case ChargeStatus::pending:
        case ChargeStatus::processing:
        case ChargeStatus::retrying:
            return CaseEnd{cases::Resolution::retry, "It was let go without the case, and is collected once more."};
        case ChargeStatus::succeeded:
            if (after.outside_minor > before.outside_minor)
                return CaseEnd{cases::Resolution::paid_elsewhere,
                               "It was recorded without the case as paid elsewhere."};
            return CaseEnd{cases::Resolution::retry, "What had gone has come back: it is paid."};
        case ChargeStatus::canceled:
            return CaseEnd{cases::Resolution::canceled, "The charge is canceled: nobody has to pay it any more."};
    }
    __builtin_unreachable();
}

/// Of what disputes of the charge had opened: once nothing of it is gone any more.
inline std::optional<CaseEnd> end_of_disputes(const Charge& before, const Charge& after) {
    if (before.taken_back_minor == 0 || after.taken_back_minor > 0) return std::nullopt;
    if (is_open(after.status))
        return CaseEnd{cases::Resolution::retry, "It was let go without the case, and is collected once more."};
    if (after.outside_minor > before.outside_minor)
        return CaseEnd{cases::Resolution::paid_elsewhere, "It was recorded as paid elsewhere."};
    return CaseEnd{cases::Resolution::retry, "The dispute was won: the money has come back."};
}

}  // namespace florin::billing
