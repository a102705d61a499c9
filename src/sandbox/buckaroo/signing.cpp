#include "signing.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "florin/base/check.hpp"

namespace florin::sandbox::buckaroo {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes digest(const EVP_MD* kind, std::string_view text) {
    Bytes out(EVP_MAX_MD_SIZE);
    unsigned int size = 0;
    check(EVP_Digest(text.data(), text.size(), out.data(), &size, kind, nullptr) == 1, "a digest can be made");
    out.resize(size);
    return out;
}

std::string base64(const Bytes& bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string small(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            char escape[4];
            std::snprintf(escape, sizeof escape, "%%%02X", byte);
            out += escape;
        }
    }
    return out;
}

}  // namespace

std::string authorization(std::string_view website_key, std::string_view secret, std::string_view method,
                          std::string_view address, std::string_view nonce, std::string_view time,
                          std::string_view body) {
    std::string text{website_key};
    text += method;
    text += small(url_encoded(address));
    text += time;
    text += nonce;
    if (!body.empty()) text += base64(digest(EVP_md5(), body));
    Bytes mac(EVP_MAX_MD_SIZE);
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
    mac.resize(size);
    std::string header = "hmac ";
    header += website_key;
    header += ':';
    header += base64(mac);
    header += ':';
    header += nonce;
    header += ':';
    header += time;
    return header;
}

bool IgnoringCase::operator()(const std::string& a, const std::string& b) const { return small(a) < small(b); }

std::string form_signature(const Fields& fields, std::string_view secret) {
    std::string text;
    for (const auto& [name, value] : fields) text += name + "=" + value;
    text += secret;
    std::string hex;
    for (const unsigned char byte : digest(EVP_sha1(), text)) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        hex += digits;
    }
    return hex;
}

std::string encode_form(const Fields& fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        if (!out.empty()) out += '&';
        out += url_encoded(name) + "=" + url_encoded(value);
    }
    return out;
}

}  // namespace florin::sandbox::buckaroo
