#pragma once

#include <map>
#include <string>
#include <string_view>

namespace florin::sandbox::buckaroo {

/// `hmac <website key>:<signature>:<nonce>:<time>`; `address` is without its scheme.
std::string authorization(std::string_view website_key, std::string_view secret, std::string_view method,
                          std::string_view address, std::string_view nonce, std::string_view time,
                          std::string_view body);

/// Fields of a form push, in the order in which they are signed: that of their names in lower case.
struct IgnoringCase {
    bool operator()(const std::string& a, const std::string& b) const;
};
using Fields = std::map<std::string, std::string, IgnoringCase>;
std::string form_signature(const Fields& fields, std::string_view secret);
/// `application/x-www-form-urlencoded`.
std::string encode_form(const Fields& fields);

}  // namespace florin::sandbox::buckaroo
