#include "florin/billing/charge.hpp"

#include <array>

namespace florin::billing {
namespace {

constexpr std::array all_statuses{ChargeStatus::pending,   ChargeStatus::processing, ChargeStatus::retrying,
                                  ChargeStatus::succeeded, ChargeStatus::failed,     ChargeStatus::canceled};

}  // namespace

std::string_view to_text(Purpose purpose) {
    switch (purpose) {
        case Purpose::instalment:
            return "instalment";
        case Purpose::compensation:
            return "compensation";
        case Purpose::final_amount:
            return "final_amount";
        case Purpose::period:
            return "period";
        case Purpose::proration:
            return "proration";
    }
    __builtin_unreachable();
}

std::string_view to_text(ChargeStatus status) {
    switch (status) {
        case ChargeStatus::pending:
            return "pending";
        case ChargeStatus::processing:
            return "processing";
        case ChargeStatus::retrying:
            return "retrying";
        case ChargeStatus::succeeded:
            return "succeeded";
        case ChargeStatus::failed:
            return "failed";
        case ChargeStatus::canceled:
            return "canceled";
    }
    __builtin_unreachable();
}

std::optional<ChargeStatus> parse_charge_status(std::string_view text) {
    for (const ChargeStatus status : all_statuses)
        if (to_text(status) == text) return status;
    return std::nullopt;
}

std::string_view to_text(Ending ending) {
    switch (ending) {
        case Ending::open_case:
            return "case";
        case Ending::cancel:
            return "cancel";
        case Ending::keep:
            return "keep";
    }
    __builtin_unreachable();
}

}  // namespace florin::billing
