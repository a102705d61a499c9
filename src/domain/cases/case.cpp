#include "florin/cases/case.hpp"

namespace florin::cases {

std::string_view to_text(Status status) {
    switch (status) {
        case Status::open:
            return "open";
        case Status::resolved:
            return "resolved";
    }
    __builtin_unreachable();
}

std::optional<Status> parse_status(std::string_view text) {
    for (const Status each : {Status::open, Status::resolved})
        if (to_text(each) == text) return each;
    return std::nullopt;
}

std::string_view to_text(Resolution resolution) {
    switch (resolution) {
        case Resolution::paid_elsewhere:
            return "paid_elsewhere";
        case Resolution::waived:
            return "waived";
        case Resolution::retry:
            return "retry";
        case Resolution::canceled:
            return "canceled";
    }
    __builtin_unreachable();
}

std::optional<Resolution> parse_resolution(std::string_view text) {
    for (const Resolution each :
         {Resolution::paid_elsewhere, Resolution::waived, Resolution::retry, Resolution::canceled})
        if (to_text(each) == text) return each;
    return std::nullopt;
}

}  // namespace florin::cases
