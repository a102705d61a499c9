#pragma once

namespace florin::test {

/// Of what a plain build tries, a build with sanitizers tries every so-manyth: there each step takes several times as
/// long, and they look for what is wrong in any of them. `make test` runs what has a share in both builds.
#if __has_feature(address_sanitizer)
inline constexpr unsigned sanitized_share = 8;
#else
inline constexpr unsigned sanitized_share = 1;
#endif

}  // namespace florin::test
