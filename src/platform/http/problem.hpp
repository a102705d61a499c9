#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/json/describe.hpp"

namespace florin::http {

struct ProblemBody {
    std::string type;
    std::string_view title;
    std::int64_t status;
    std::string_view detail;
    std::string_view code;
    std::optional<std::string_view> field;
    std::string_view correlation_id;
};

}  // namespace florin::http

template <>
struct florin::json::Described<florin::http::ProblemBody> {
    using Body = florin::http::ProblemBody;
    static constexpr std::string_view name = "Problem";
    static constexpr std::string_view doc = "What went wrong (RFC 9457).";
    static constexpr auto fields = std::tuple{
        Field{"type", &Body::type, "Names the kind of problem, as the code does.", "\"/problems/missing_field\""},
        Field{"title", &Body::title, "A few words that are the same for all problems of this status.",
              "\"Invalid request\""},
        Field{.name = "status",
              .member = &Body::status,
              .doc = "The HTTP status again.",
              .example = "422",
              .minimum = 100,
              .maximum = 599},
        Field{.name = "detail",
              .member = &Body::detail,
              .doc = "For people; may change.",
              .example = "\"This field is required.\"",
              .max_length = 1000},
        Field{"code", &Body::code, "For programs; does not change.", "\"missing_field\""},
        Field{.name = "field",
              .member = &Body::field,
              .doc = "Which field of the request is meant, dotted when nested.",
              .example = "\"card.number\"",
              .max_length = 1000},
        Field{"correlation_id", &Body::correlation_id, "Name it when you ask us about this request.",
              "\"0199c0de-2f4a-7cc1-9d3e-5a6b7c8d9e0f\"", 1, 64}};
};
