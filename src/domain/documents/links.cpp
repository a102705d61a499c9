// Signed links: whoever has one may read the document until it expires.

#include <charconv>

#include "documents_impl.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::documents {
namespace {

constexpr std::string_view ending = ".pdf";

/// Exactly digits, without a sign.
std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

}  // namespace

std::string Documents::link(MerchantId merchant, DocumentId id, Instant expires_at) const {
    const std::string expires = std::to_string(expires_at.ms / 1000);
    return impl_->on.public_url() + "/documents/" + std::to_string(merchant.value) + "-" + id.text() +
           std::string{ending} + "?expires=" + expires + "&signature=" + impl_->signature_of(merchant, id, expires);
}

std::string Documents::Impl::signature_of(MerchantId merchant, DocumentId id, std::string_view expires) const {
    const std::string text = std::to_string(merchant.value) + "." + id.text() + "." + std::string{expires};
    return security::to_base64url(security::hmac_sha256(link_key.expose(), text));
}

Result<Documents::Impl::Target> Documents::Impl::open_link(std::string_view name, std::string_view expires,
                                                           std::string_view signature) const {
    if (!name.ends_with(ending)) return not_found();
    name.remove_suffix(ending.size());
    const std::size_t dash = name.find('-');
    if (dash == std::string_view::npos) return not_found();
    const auto merchant = whole_number(name.substr(0, dash));
    const auto id = DocumentId::parse(name.substr(dash + 1));
    const auto until = whole_number(expires);
    if (!merchant || !id || !until) return not_found();
    const Target target{.merchant = {*merchant}, .document = *id};
    // Who forges learns nothing: neither which documents there are, nor how much of a signature was right (F136).
    if (!security::constant_time_equal(signature_of(target.merchant, target.document, expires), signature))
        return not_found();
    if (on.world.clock.now().ms / 1000 >= *until)
        return fail(ErrorKind::forbidden, "link_expired", "This link has expired. Ask for a new one.");
    return target;
}

}  // namespace florin::documents
