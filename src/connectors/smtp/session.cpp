// The only place that knows the library.

#include "session.hpp"

#include <curl/curl.h>

#include <cstring>
#include <mutex>

#include "florin/base/check.hpp"

namespace florin::smtp {
namespace {

constexpr long kept_for_s = 30;

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What happens during one mail.
struct Progress {
    std::string_view left;
    bool is_whole = false;
    std::string line;  ///< The last one that the server has said, but for its farewell.
};

std::size_t give(char* into, std::size_t size, std::size_t count, void* of) {
    auto& progress = *static_cast<Progress*>(of);
    const std::size_t given = progress.left.copy(into, size * count);
    progress.left.remove_prefix(given);
    // Asked once more, the library knows that this was all, and sends the point.
    if (given == 0) progress.is_whole = true;
    return given;
}

std::size_t hear(char* said, std::size_t size, std::size_t count, void* of) {
    std::string_view line{said, size * count};
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !line.starts_with("221")) static_cast<Progress*>(of)->line = line.substr(0, 500);
    return size * count;
}

class CurlSession final : public Session {
public:
    explicit CurlSession(const Settings& settings) : settings_{settings} {
        static std::once_flag once;
        std::call_once(once, [] { check(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK, "the library can be used"); });
        handle_.reset(curl_easy_init());
        check(handle_ != nullptr, "there is memory for a connection");
    }

    notifications::Delivery send(const Envelope& envelope) override {
        Progress progress{.left = envelope.message, .is_whole = false, .line = {}};
        const std::string from = "<" + envelope.from + ">", to = "<" + envelope.to + ">";
        const std::unique_ptr<curl_slist, FreeList> recipients{curl_slist_append(nullptr, to.c_str())};
        const std::string url = settings_.url + "/" + settings_.own_domain;
        std::string password{settings_.password.expose()};
        // The connection stays; what was set for the mail before does not.
        curl_easy_reset(handle_.get());
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_USE_SSL, static_cast<long>(settings_.is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (!settings_.authority_file.empty()) set(CURLOPT_CAINFO, settings_.authority_file.c_str());
        if (!settings_.username.empty()) {
            set(CURLOPT_USERNAME, settings_.username.c_str());
            set(CURLOPT_PASSWORD, password.c_str());
        }
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.count()));
        set(CURLOPT_MAXAGE_CONN, kept_for_s);
        set(CURLOPT_MAIL_FROM, from.c_str());
        set(CURLOPT_MAIL_RCPT, recipients.get());
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_READFUNCTION, &give);
        set(CURLOPT_READDATA, static_cast<void*>(&progress));
        set(CURLOPT_HEADERFUNCTION, &hear);
        set(CURLOPT_HEADERDATA, static_cast<void*>(&progress));

        const CURLcode result = curl_easy_perform(handle_.get());
        explicit_bzero(password.data(), password.size());
        return delivery_of(result == CURLE_OK, progress.is_whole, progress.line, curl_easy_strerror(result));
    }

private:
    template <class T>
    void set(CURLoption option, T value) {
        check(curl_easy_setopt(handle_.get(), option, value) == CURLE_OK, "the library knows what it is told");
    }

    const Settings& settings_;
    std::unique_ptr<CURL, FreeHandle> handle_;
};

}  // namespace

std::unique_ptr<Session> open_session(const Settings& settings) { return std::make_unique<CurlSession>(settings); }

}  // namespace florin::smtp
