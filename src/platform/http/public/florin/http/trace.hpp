#pragma once

#include <string>
#include <string_view>

#include "florin/base/id.hpp"

namespace florin::http {

/// W3C Trace Context: version, trace id, parent id, flags. Later versions may append, after a dash.
bool is_traceparent(std::string_view text);

/// A trace that begins here, not sampled; `id` is fresh.
std::string begin_trace(const Uuid& id);

/// What a call made on behalf of `traceparent` carries: the same trace and whether it is sampled, under a parent id of
/// its own, made of `id`, which is fresh. Empty when `traceparent` is none.
std::string child_of(std::string_view traceparent, const Uuid& id);

}  // namespace florin::http
