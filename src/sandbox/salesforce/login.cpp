// The token endpoint: client credentials and JWT bearer.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "form.hpp"
#include "packing.hpp"
#include "salesforce/org.hpp"

namespace florin::sandbox::salesforce {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// So far ahead an assertion may be valid at most.
constexpr std::int64_t longest_assertion_s = 300;

Answer login_refused(std::string_view error, std::string_view why) {
    Answer answer{.status = 400, .body = {}};
    json::Writer{answer.body}.open('{').field("error", error).field("error_description", why).close('}');
    return answer;
}

std::string text_of(const json::Value& value, std::string_view name) {
    const json::Value* const found = value.find(name);
    return found == nullptr ? "" : std::string{found->text()};
}

/// Of a certificate, or as it is.
Key read_public_key(std::string_view pem) {
    const auto source = [&] {
        return std::unique_ptr<BIO, Freed<BIO_free>>{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    };
    if (const std::unique_ptr<X509, Freed<X509_free>> certificate{
            PEM_read_bio_X509(source().get(), nullptr, nullptr, nullptr)})
        return Key{X509_get_pubkey(certificate.get())};
    return Key{PEM_read_bio_PUBKEY(source().get(), nullptr, nullptr, nullptr)};
}

bool is_signed(std::string_view input, std::string_view signature, std::string_view pem) {
    const Key key = read_public_key(pem);
    const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
    const auto octets = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
    return key && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(input), input.size()) == 1;
}

std::optional<std::string> decoded(std::string_view part) {
    const auto octets = security::from_base64url(part);
    if (!octets) return std::nullopt;
    return std::string{octets->begin(), octets->end()};
}

/// What is wrong with an assertion; empty: nothing.
std::string why_not(std::string_view assertion, const SalesforceOrg& org, const OrgSettings& settings,
                    std::string_view host, Instant now) {
    const std::size_t first = assertion.find('.'), second = assertion.rfind('.');
    if (first == std::string_view::npos || second == first) return "invalid assertion";
    const auto header_text = decoded(assertion.substr(0, first));
    const auto claims_text = decoded(assertion.substr(first + 1, second - first - 1));
    const auto signature = decoded(assertion.substr(second + 1));
    if (!header_text || !claims_text || !signature) return "invalid assertion";
    const auto header = json::parse(*header_text), claims = json::parse(*claims_text);
    if (!header || !claims || text_of(*header, "alg") != "RS256") return "invalid assertion";
    if (text_of(*claims, "iss") != org.client_id) return "client identifier invalid";
    if (text_of(*claims, "sub") != org.username) return "user hasn't approved this consumer";
    const std::string audience = text_of(*claims, "aud");
    const bool is_ours =
        audience == "https://login.salesforce.com" || audience == "https://test.salesforce.com" ||
        (!host.empty() && (audience == "http://" + std::string{host} || audience == "https://" + std::string{host}));
    if (!is_ours) return "audience is invalid";
    const json::Value* const exp = claims->find("exp");
    const auto expires_s = exp == nullptr ? std::nullopt : exp->integer();
    const std::int64_t now_s = now.ms / 1'000;
    if (!expires_s || *expires_s < now_s || *expires_s > now_s + longest_assertion_s)
        return "expired authorization code";
    if (!settings.public_key.empty() && !is_signed(assertion.substr(0, second), *signature, settings.public_key))
        return "invalid assertion";
    return {};
}

}  // namespace

Answer Org::log_in(const http::Request& request) {
    if (request.method != "POST") return login_refused("invalid_request", "must use HTTP POST");
    const auto form = parse_form(request.body);
    if (!form) return login_refused("invalid_request", "the body is not a form");
    const std::string grant = text_of(*form, "grant_type");
    if (grant == "client_credentials") {
        std::string id = text_of(*form, "client_id"), secret = text_of(*form, "client_secret");
        if (const std::string_view basic = request.header("authorization"); basic.starts_with("Basic ")) {
            const auto pair = security::from_base64(basic.substr(6));
            const std::string text = pair ? std::string{pair->begin(), pair->end()} : "";
            id = text.substr(0, text.find(':'));
            secret = text.find(':') == std::string::npos ? "" : text.substr(text.find(':') + 1);
        }
        if (id != org_.client_id) return login_refused("invalid_client_id", "client identifier invalid");
        if (!security::constant_time_equal(security::sha256(secret), security::sha256(org_.client_secret)))
            return login_refused("invalid_client", "invalid client credentials");
    } else if (grant == "urn:ietf:params:oauth:grant-type:jwt-bearer") {
        const std::string why =
            why_not(text_of(*form, "assertion"), org_, settings_, request.header("host"), desk_.now);
        if (why == "client identifier invalid") return login_refused("invalid_client_id", why);
        if (!why.empty()) return login_refused("invalid_grant", why);
    } else {
        return login_refused("unsupported_grant_type", "grant type not supported");
    }
    const std::string token = "00D000000000001!" + desk_.letters(60);
    sessions_[token] = desk_.now.ms;
    const std::string origin = "http://" + std::string{request.header("host")};
    Answer answer;
    json::Writer json{answer.body};
    json.open('{').field("access_token", token).field("scope", "api").field("instance_url", origin);
    json.field("id", origin + "/id/00D000000000001EAA/005000000000001AAA").field("token_type", "Bearer");
    json.field("issued_at", std::to_string(desk_.now.ms)).close('}');
    return answer;
}

Result<void> Org::change_settings(const json::Value& value) {
    OrgSettings changed = settings_;
    for (const auto& [name, setting] : value.members()) {
        const std::string field = "salesforce." + name;
        if (name == "public_key" && setting.kind() == json::Kind::string) {
            changed.public_key = setting.text();
            if (!changed.public_key.empty() && !read_public_key(changed.public_key))
                return fail(ErrorKind::invalid, "invalid_setting", "A PEM: public key or certificate.", field);
        } else if (name == "session_ms" && setting.integer() && *setting.integer() >= 0) {
            changed.session_ms = *setting.integer();
        } else {
            return fail(ErrorKind::invalid, "invalid_setting", "public_key (a PEM) or session_ms.", field);
        }
    }
    settings_ = changed;
    desk_.records.put(RecordKind::salesforce_settings, "settings", Packer::pack(settings_));
    return {};
}

void Org::write_settings(json::Writer& json) const {
    json.key("salesforce").open('{').field("public_key", settings_.public_key);
    json.field("session_ms", settings_.session_ms).close('}');
}

}  // namespace florin::sandbox::salesforce
