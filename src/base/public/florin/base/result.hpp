#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace florin {

/// What the caller can do about a refusal.
enum class ErrorKind {
    invalid,          ///< The request is wrong; `field` names where.
    unauthenticated,  ///< No valid credentials.
    forbidden,        ///< Valid credentials that may not do this.
    not_found,        ///< Absent, or somebody else's: the two cannot be told apart from outside.
    conflict,         ///< The object is in another state than the request needs.
    mismatch,         ///< An idempotency key that was used with another body.
    declined,         ///< The provider said no.
    rate_limited,     ///< Too often, or the same request is still running: wait and repeat.
    too_large,        ///< A body, header or count beyond its bound.
    unavailable,      ///< Nothing happened: repeating is safe.
    outcome_unknown,  ///< It may have happened: look it up, never repeat blindly.
};

/// A refusal. `code` is stable and documented, `message` may change, `field` is the request's own
/// name for what is wrong (dotted for nested ones), empty when no single field is.
struct Error {
    ErrorKind kind;
    std::string code;
    std::string message;
    std::string field;
};

template <class T>
using Result = std::expected<T, Error>;

/// The only way to make an `Error`.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string_view code, std::string_view message,
                                                 std::string_view field = {}) {
    return std::unexpected<Error>{Error{kind, std::string{code}, std::string{message}, std::string{field}}};
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>{std::move(error)}; }

}  // namespace florin
