#include "tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string_view>
#include <system_error>

#include "florin/base/check.hpp"
#include "florin/http/server.hpp"

namespace florin::http {
namespace {

/// What is wrong with a PEM file: what the system says if it cannot be read, else `otherwise`.
std::unexpected<Error> bad_certificate(const std::string& file, const std::string& otherwise) {
    const bool is_readable = ::access(file.c_str(), R_OK) == 0;
    return fail(ErrorKind::invalid, "bad_certificate",
                file + ": " + (is_readable ? otherwise : std::generic_category().message(errno)));
}

void set_modes(SSL_CTX& context) {
    // An idle connection gives its 34 KiB of buffers back. A write that was cut short may continue
    // from a copy of what is left.
    // Takes a record's head and body off the socket together.
    SSL_CTX_set_read_ahead(&context, 1);
    SSL_CTX_set_mode(&context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

bool is_numeric(const std::string& host) {
    in6_addr address;
    return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

std::string tls_failure() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unknown TLS failure" : reason;
}

Result<TlsContext> tls_for_server(const std::string& certificate_file, const std::string& key_file) {
    TlsContext context{SSL_CTX_new(TLS_server_method())};
    check(context != nullptr, "OpenSSL makes a context");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    set_modes(*context);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    // Tickets are sealed to the client: nothing is kept here, and no more than one is needed.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 1);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1)
        return bad_certificate(certificate_file, "holds no certificate in PEM form: " + tls_failure());
    if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context.get()) != 1)
        return bad_certificate(key_file, "does not hold the private key of that certificate: " + tls_failure());
    return context;
}

Result<Instant> certificate_ends_at(const std::string& certificate_file, const std::string& key_file) {
    const auto context = tls_for_server(certificate_file, key_file);
    if (!context) return fail(context.error());
    std::tm end{};
    const X509* certificate = SSL_CTX_get0_certificate(context->get());
    check(certificate != nullptr && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1,
          "a certificate that was taken says when it ends");
    return Instant{static_cast<std::int64_t>(::timegm(&end)) * 1000};
}

Result<TlsContext> tls_for_client(const std::string& authority_file) {
    TlsContext context{SSL_CTX_new(TLS_client_method())};
    check(context != nullptr, "OpenSSL makes a context");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    set_modes(*context);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    ERR_clear_error();
    const int is_loaded = authority_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                                 : SSL_CTX_load_verify_file(context.get(), authority_file.c_str());
    if (is_loaded != 1) return bad_certificate(authority_file, "holds no certificates in PEM form: " + tls_failure());
    return context;
}

TlsSession tls_session_to(SSL_CTX& context, const std::string& host) {
    TlsSession session{SSL_new(&context)};
    check(session != nullptr, "OpenSSL makes a session");
    if (is_numeric(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str());
    } else {
        SSL_set1_host(session.get(), host.c_str());
        // The macro casts a literal in C's way; the call is the same.
        SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str()));  // OpenSSL copies the name and takes no const.
    }
    SSL_set_connect_state(session.get());
    return session;
}

}  // namespace florin::http
