#pragma once

#include <string>

#include "florin/jobs/jobs.hpp"
#include "florin/json/describe.hpp"

/// What the module's jobs carry: names, not facts (F61).
namespace florin::reconciliation {

struct ImportPayload {
    std::string connector;
};

/// Error `invalid`: the job can never be worked on.
template <class Payload>
Result<Payload> read_payload(const jobs::Job& job) {
    const auto value = json::parse(job.payload);
    if (!value) return fail(value.error());
    return json::read<Payload>(*value);
}

}  // namespace florin::reconciliation

namespace florin::json {

template <>
struct Described<reconciliation::ImportPayload> {
    using P = reconciliation::ImportPayload;
    static constexpr std::string_view name = "ImportPayload";
    static constexpr auto fields = std::tuple{Field{"connector", &P::connector, ""}};
};

}  // namespace florin::json
